import { describe, expect, it } from 'vitest';

import { NONE, OTHER } from '@/components/charts';

import { intervalFor, slotsOf, sums } from './buckets';
import { filtersOfGroup } from './groups';
import { moneyOf, moneyWords } from './money';
import { previousOf } from './series';
import { type ListedRoute, splitsOf, splitsShown, windowOf } from './splits';
import type { Analytics, Measures } from './types';

const HOUR = 3_600_000;

function measures(change: Partial<Measures> = {}): Measures {
  return {
    requests: 0, answered: 0, limited: 0, failed: 0, interrupted: 0, rescued_retry: 0, rescued_fallback: 0, redirected: 0, attempts: 0,
    tokens_in: 0, tokens_out: 0, tokens_cache_read: 0, cost_usd: 0, cost_custom_usd: 0, requests_without_price: 0, cached: 0,
    simulated_requests: 0, simulated_cost_usd: 0, duration_ms: null, first_token_ms: null, ...change,
  };
}

function answer(start: string, end: string, interval: string, times: [string, number][]): Analytics {
  const buckets = times.map(([time, requests]) => ({ time, ...measures({ requests }) }));
  return {
    start, end, interval, time_zone: 'UTC', group_by: 'none', total: measures(), source: 'rollup', deployments: [],
    series: [{ key: 'all', label: 'all', buckets, total: measures() }],
  };
}

describe('slots', () => {
  it('have no holes and end where the range ends', () => {
    const given = answer('2026-11-20T12:30:00Z', '2026-11-20T16:10:00Z', 'hour', [
      ['2026-11-20T12:30:00Z', 3],
      ['2026-11-20T15:00:00Z', 4],
    ]);
    const slots = slotsOf(given, 'UTC');
    expect(slots.slots.map((slot) => new Date(slot.start).toISOString().slice(11, 16))).toEqual(['12:30', '13:00', '14:00', '15:00', '16:00']);
    expect(new Date(slots.slots.at(-1)!.end).toISOString()).toBe('2026-11-20T16:10:00.000Z');
    expect(sums(given.series[0]!.buckets, slots, (one) => one.requests)).toEqual([3, 0, 0, 4, 0]);
  });

  it('put hours together on the zone\'s midnight, and lose none', () => {
    const start = Date.parse('2026-11-14T10:00:00Z');
    const times = Array.from({ length: 168 }, (_, index): [string, number] => [new Date(start + index * HOUR).toISOString(), 1]);
    const given = answer('2026-11-14T10:00:00Z', '2026-11-21T10:00:00Z', 'hour', times);
    const slots = slotsOf(given, 'Europe/Berlin', 40);
    expect(slots.slots.length).toBeLessThanOrEqual(40);
    expect(new Date(slots.slots[1]!.start).toISOString()).toBe('2026-11-14T11:00:00.000Z');
    expect(sums(given.series[0]!.buckets, slots, (one) => one.requests).reduce((sum, value) => sum + value, 0)).toBe(168);
  });

  it('follow a day that has 25 hours', () => {
    const given = answer('2026-10-23T22:00:00Z', '2026-10-27T23:00:00Z', 'day', [
      ['2026-10-23T22:00:00Z', 1],
      ['2026-10-24T22:00:00Z', 2],
      ['2026-10-25T23:00:00Z', 3],
      ['2026-10-26T23:00:00Z', 4],
    ]);
    const slots = slotsOf(given, 'Europe/Berlin');
    expect(slots.slots).toHaveLength(4);
    expect(sums(given.series[0]!.buckets, slots, (one) => one.requests)).toEqual([1, 2, 3, 4]);
  });

  it('are made even when nothing was counted', () => {
    const given = { ...answer('2026-11-20T12:00:00Z', '2026-11-21T12:00:00Z', 'hour', []), series: [] };
    expect(slotsOf(given, 'UTC').slots).toHaveLength(24);
  });

  it('are about as many as can be seen', () => {
    for (const hours of [0.25, 1, 6, 24, 72, 168, 336, 720]) {
      const interval = intervalFor(hours * HOUR);
      const times = { minute: 60, '5m': 12, '15m': 4, hour: 1, day: 1 / 24 }[interval] * hours;
      expect(times).toBeGreaterThanOrEqual(14);
      expect(times).toBeLessThanOrEqual(340);
    }
  });
});

describe('money', () => {
  it('keeps what is simulated out of every real sum', () => {
    expect(moneyOf(measures({ requests: 9, cost_usd: 10.3, simulated_requests: 4, simulated_cost_usd: 3 }))).toMatchObject({ real: 7.3, simulated: 3 });
  });

  it('tells custom prices apart where nothing is simulated', () => {
    expect(moneyOf(measures({ requests: 9, cost_usd: 10.3, cost_custom_usd: 2 }))).toEqual({ real: 10.3, custom: 2, priced: 8.3, simulated: 0 });
  });
});

describe('money in words', () => {
  it('marks what is simulated, and hides it behind no zero', () => {
    expect(moneyWords(measures({ requests: 2, cost_usd: 0.5 }))).toBe('$0.5000');
    expect(moneyWords(measures({ requests: 2, cost_usd: 0.5, simulated_requests: 2, simulated_cost_usd: 0.5 }))).toBe('$0.5000 sim');
    expect(moneyWords(measures({ requests: 2, cost_usd: 0.5, simulated_requests: 1, simulated_cost_usd: 0.2 }))).toBe('$0.3000 + $0.2000 sim');
    expect(moneyWords(measures())).toBe('$0');
  });

  it('compares what is simulated with what was, while there is nothing else', () => {
    const simulated = { requests: 1, cost_usd: 2, simulated_requests: 1, simulated_cost_usd: 2 };
    const given = answer('2026-11-20T12:00:00Z', '2026-11-20T13:00:00Z', 'hour', []);
    const period: Analytics = { ...given, total: measures(simulated), series: [{ key: 'all', label: 'all', total: measures(), buckets: [{ time: '2026-11-20T12:00:00Z', ...measures(simulated) }] }] };
    const slots = slotsOf(period, 'UTC');
    expect(previousOf('money', period, period, slots, slots)).toEqual([2]);
    const real = { ...period, total: measures({ requests: 1, cost_usd: 1 }) };
    expect(previousOf('money', real, period, slots, slots)).toEqual([0]);
  });
});

describe('splits of what serves', () => {
  const element = (id: string, type: string, title?: string) => ({ id, type, outputs: {}, ...(title ? { title } : {}) });
  const route = (name: string, elements: object[], change: Partial<ListedRoute> = {}): ListedRoute => ({ id: `id-${name}`, name, elements, version: { active: true }, deployment: {}, ...change });
  const routes = [
    route('ab-test', [element('start', 'start'), element('s', 'percentage', 'A or B'), element('t', 'percentage')]),
    route('simple', [element('m', 'model')]),
    route('never', [element('s', 'percentage')], { deployment: null }),
    route('drafted', [element('s', 'percentage')], { version: { active: false } }),
  ];

  it('are those of deployed versions, by the names that the editor gives them', () => {
    expect(splitsOf(routes).map(({ key, title }) => [key, title])).toEqual([
      ['ab-test:s', 'A or B'],
      ['ab-test:t', 'Split 2'],
    ]);
  });

  it('are only those of the routes that the page is filtered by', () => {
    const all = splitsOf([...routes, route('other', [element('x', 'percentage')])]);
    const keys = (value: string[]) => splitsShown(all, [{ key: 'route', operator: 'eq', value }]).map(({ key }) => key);
    expect(keys(['other'])).toEqual(['other:x']);
    expect(keys(['id-ab-test'])).toEqual(['ab-test:s', 'ab-test:t']);
    expect(splitsShown(all, [{ key: 'model', operator: 'eq', value: ['small'] }])).toHaveLength(3);
  });

  it('are counted over the range of the page, up to now', () => {
    const now = Date.parse('2026-11-20T12:00:00Z');
    expect(windowOf({}, now)).toBe('24h');
    expect(windowOf({ range: '7d' }, now)).toBe('7d');
    expect(windowOf({ start: '2026-11-20T10:29:30Z', end: '2026-11-20T11:00:00Z' }, now)).toBe('91m');
    expect(windowOf({ start: '2026-01-01T00:00:00Z', end: '2026-11-20T11:00:00Z' }, now)).toBe('44640m');
  });
});

describe('the rows of a group', () => {
  it('are named by the filters of Logs', () => {
    expect(filtersOfGroup('model', 'gpt-4o', [])).toEqual([{ key: 'model', operator: 'eq', value: ['gpt-4o'] }]);
    expect(filtersOfGroup('key', 'k1', [])).toEqual([{ key: 'key_id', operator: 'eq', value: ['k1'] }]);
    expect(filtersOfGroup('route', NONE, [])).toEqual([{ key: 'route', operator: 'exists', value: [false] }]);
    expect(filtersOfGroup('version', 'r1:12', [])).toEqual([
      { key: 'route', operator: 'eq', value: ['r1'] },
      { key: 'version', operator: 'eq', value: [12] },
    ]);
  });

  it('are everything else for Other, and have no address where filters cannot say it', () => {
    expect(filtersOfGroup('model', OTHER, ['a', 'b', OTHER])).toEqual([{ key: 'model', operator: 'neq', value: ['a', 'b'] }]);
    expect(filtersOfGroup('model', OTHER, ['a', NONE, OTHER])).toEqual([
      { key: 'model', operator: 'neq', value: ['a'] },
      { key: 'model', operator: 'exists', value: [true] },
    ]);
    expect(filtersOfGroup('node', OTHER, ['a'])).toBeUndefined();
  });
});
