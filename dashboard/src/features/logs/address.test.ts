import { describe, expect, it } from 'vitest';

import { apiFilters, filtersInUrl, listOnly, orderInUrl, readLogsState, windowOf } from './address';
import { fittingColumns, DEFAULT_COLUMNS } from './columns';
import { explains, linesOf, unitsOf } from './details/prices';
import { intervalFor } from './Histogram';
import { ROWS_PER_PAGE } from './queries';
import type { LogRow } from './row';
import { freshOf } from './tail';

const route = { key: 'route', operator: 'eq' as const, value: ['smart-route'] };

describe('the address of Logs', () => {
  it('ux-32 opens the same list', () => {
    const url = { ...filtersInUrl([route]), q: 'hello', range: '7d', ...orderInUrl({ by: 'cost', isDescending: false }), log: 'X' };
    const state = readLogsState(url);
    expect(state).toMatchObject({ filters: [route], search: 'hello', range: '7d', order: { by: 'cost', isDescending: false }, page: 1, log: 'X', tail: false });
    expect(readLogsState(listOnly(url))).toEqual({ ...state, log: undefined });
  });

  it('reads nonsense as the first view', () => {
    expect(readLogsState({ range: 'ever', sort: 'colour', dir: 'up', page: '-3', filters: '{', start: 'x' })).toEqual(readLogsState({}));
    // A page without its upper bound would show other rows each time.
    expect(readLogsState({ page: '4' }).page).toBe(1);
    expect(readLogsState({ page: '4', until: '2026-11-21T12:00:00Z' }).page).toBe(4);
  });

  it('says the time to the API', () => {
    const now = Date.parse('2026-11-21T12:00:00Z');
    const window = windowOf(readLogsState({ range: '1h' }), now);
    expect(apiFilters([route], window, '2026-11-21T11:59:00Z')).toEqual([
      route,
      { key: 'created_at', operator: 'gte', value: ['2026-11-21T11:00:00.000Z'] },
      { key: 'created_at', operator: 'lte', value: ['2026-11-21T11:59:00Z'] },
    ]);
    const custom = windowOf(readLogsState({ start: '2026-11-20T00:00:00Z', end: '2026-11-21T00:00:00Z' }), now);
    expect(apiFilters([], custom).map(({ operator }) => operator)).toEqual(['gte', 'lt']);
    expect(apiFilters([], windowOf(readLogsState({ start: 'x', end: 'y' }), now))).toEqual([]);
  });
});

describe('live tail', () => {
  const row = (id: string, created_at: string) => ({ id, created_at }) as LogRow;

  it('counts rows that the list does not have', () => {
    const page = { rows: [row('b', '12:01'), row('a', '12:00')] };
    expect(freshOf(page, { rows: [row('d', '12:03'), row('c', '11:59'), row('b', '12:01')] })).toEqual({ fresh: 2, isMore: false });
  });

  it('leaves out what stands on later pages, and says when there are more', () => {
    const full = Array.from({ length: ROWS_PER_PAGE }, (_, index) => row(`r${index}`, '12:00'));
    expect(freshOf({ rows: full }, { rows: [row('old', '11:00')] }).fresh).toBe(0);
    expect(freshOf({ rows: full }, { rows: full.map(({ id }) => row(`new ${id}`, '12:05')) })).toEqual({ fresh: ROWS_PER_PAGE, isMore: true });
  });
});

describe('the histogram', () => {
  it('has bars that can be seen in every range', () => {
    expect(['15m', '1h', '24h', '7d', '30d'].map((range) => intervalFor(windowLength(range)))).toEqual(['minute', 'minute', '15m', 'hour', 'day']);
  });
});

function windowLength(range: string): number {
  const { start } = windowOf(readLogsState({ range }), 1e12);
  return 1e12 - start.getTime();
}

describe('columns', () => {
  it('give way where there is little room, the path and the user last', () => {
    const keys = (width: number) => fittingColumns(DEFAULT_COLUMNS, width).map(({ key }) => key);
    expect(keys(1232)).toEqual(DEFAULT_COLUMNS);
    expect(keys(748)).toEqual(['time', 'status', 'path', 'served', 'user', 'cost', 'duration', 'attempts']);
    expect(keys(100)).toEqual(['time', 'status', 'served', 'cost']);
  });
});

describe('unit prices', () => {
  const unit = unitsOf({ provider: 'mock', model: 'large', input_per_million: 10, output_per_million: 30, cache_read_per_million: 1, per_request: 0, source: 'built in', date: '2026-11-21' });
  const usage = { input_tokens: 1759, output_tokens: 168, cache_read_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0 };

  it('are shown only when the booked amount follows from them', () => {
    expect(explains(unit, { usage, cost: 0.02263 })).toBe(true);
    expect(explains(unit, { usage, cost: 0.03 })).toBe(false);
    expect(explains(unit, { usage, cost: null })).toBe(false);
  });

  it('ux-33 lines add up to the tokens, cached ones apart', () => {
    const lines = linesOf({ usage_metadata: { input_tokens: 100, output_tokens: 5, total_tokens: 105, output_reasoning_tokens: 0, input_cached_tokens: 60, input_cache_write_tokens: 10 } }, unit);
    expect(lines.map(({ kind, tokens }) => [kind, tokens])).toEqual([['input', 30], ['cacheRead', 60], ['cacheWrite', 10], ['output', 5]]);
    expect(lines[1]!.amount).toBeCloseTo(0.00006, 12);
    expect(linesOf({ usage_metadata: { input_tokens: 1, output_tokens: 1, total_tokens: 2, output_reasoning_tokens: 0, input_cached_tokens: 0, input_cache_write_tokens: 0 } }, undefined)[0]).toEqual({ kind: 'input', tokens: 1 });
  });
});
