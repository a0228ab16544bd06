import { describe, expect, it } from 'vitest';

import type { RouteDocument } from '@/features/route-editor/model/types';

import { outcomeOf } from './outcome';
import { endingOf, type Attempt, type LogRow, type Step } from './row';
import { namedSteps, shortPath } from './trail';
import { placeOf, waterfallOf } from './waterfall';

const usage = { input_tokens: 10, output_tokens: 38, cache_read_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0 };

function attempt(over: Partial<Attempt> = {}): Attempt {
  return { index: 0, node: 'small', provider: 'mock', model: 'small', started_ms: 0, connect_ms: 0, first_token_ms: 21, duration_ms: 21, usage, usage_source: 'provider', cost: 0.1, cost_source: 'price', ...over };
}

function row(waypost: Partial<LogRow['waypost']> = {}, over: Partial<LogRow> = {}): LogRow {
  return {
    provider: 'mock',
    model: 'small',
    status_code: 200,
    duration: 22,
    tokens_out: 38,
    cost: 0.1,
    cached: false,
    waypost: { outcome: 'success', error: null, attempts: [attempt()], route: null, overhead_us: 700, stream: false, ...waypost },
    ...over,
  } as LogRow;
}

const document: RouteDocument = {
  elements: [
    { id: 'start', type: 'start', outputs: { next: { elementId: 'if' } } },
    { id: 'if', type: 'conditional', title: 'Is it the admin?', outputs: { true: { elementId: 'budget' }, false: { elementId: 'small' } } },
    { id: 'budget', type: 'rate', outputs: { success: { elementId: 'large' }, fallback: { elementId: 'small' } }, properties: { limitType: 'cost', limit: 1 } },
    { id: 'large', type: 'model', title: 'Large', outputs: { success: { elementId: 'end' } } },
    { id: 'small', type: 'model', title: 'Small', outputs: { success: { elementId: 'end' } } },
    { id: 'end', type: 'end', outputs: {} },
  ],
};

const limit = { bucket: 'b', kind: 'cost' as const, key: 'user-admin', limit: 1, used: 35.05555, asked: 40.4 };

function route(...trail: Step[]) {
  return { id: 'r', name: 'smart-route', version_id: 'v', version: 1, trail };
}

function said(of: LogRow): string {
  const steps = of.waypost.route ? namedSteps(of.waypost.route, document) : [];
  return outcomeOf(of, steps).words.map((word) => word.text).join('');
}

describe('the outcome in one sentence', () => {
  it('names who served', () => {
    expect(said(row())).toBe('Served by mock/small.');
    expect(outcomeOf(row(), []).tone).toBe('ok');
  });

  it('names the budget that led aside', () => {
    const walked = route({ node: 'budget', kind: 'rate', output: 'fallback', limit }, { node: 'small', kind: 'model', output: 'success' });
    expect(said(row({ route: walked }))).toBe('Over budget at Budget limit ($35.06 of $1, user-admin), served by mock/small.');
  });

  it('names the try, and the budget that this request used up', () => {
    const walked = route({ node: 'budget', kind: 'rate', output: 'success', limit: { ...limit, used: 0.5 } }, { node: 'large', kind: 'model', output: 'success' });
    const tries = [attempt({ fault: { status: 529 } }), attempt({ index: 1 })];
    expect(said(row({ route: walked, attempts: tries }, { cost: 102.4 }))).toBe('Served by mock/small on the second try. It used up Budget limit: $102.90 of $1, user-admin.');
  });

  it('names the model that failed before', () => {
    const tries = [attempt({ model: 'flaky', fault: { status: 503 } }), attempt({ index: 1 })];
    expect(said(row({ attempts: tries }))).toBe('Served by mock/small after mock/flaky failed (status 503).');
  });

  it('gives the words of a refusal, and what broke off', () => {
    const refused = row({ outcome: 'refused', attempts: [], error: { type: 'rate_limited', code: 1, message: 'Limit reached: 10.' } }, { status_code: 429 });
    expect(said(refused)).toBe('Limit reached: 10.');
    expect(endingOf(refused)).toBe('limited');
    const left = row({ outcome: 'caller_left' }, { tokens_out: 14, duration: 1210 });
    expect(said(left)).toBe('Interrupted: the caller left after 14 tokens, while mock/small answered, 1.21 s after the request came.');
  });
});

describe('the short path', () => {
  it('is the last detour and the node that ended it', () => {
    const over = route({ node: 'start', kind: 'start', output: 'next' }, { node: 'if', kind: 'conditional', output: 'true' }, { node: 'budget', kind: 'rate', output: 'fallback', limit }, { node: 'small', kind: 'model', output: 'success' }, { node: 'end', kind: 'end' });
    expect(shortPath(over, document)).toEqual({ detour: 'Over budget', end: 'Small' });
    expect(shortPath(route({ node: 'if', kind: 'conditional', output: 'false' }, { node: 'small', kind: 'model', output: 'success' }), document)).toEqual({ end: 'Small' });
    expect(shortPath(route({ node: 'budget', kind: 'rate', output: 'fallback', limit }), document)).toEqual({ end: 'Over budget' });
  });

  it('falls back to ids where the document is not there', () => {
    expect(shortPath(route({ node: 'budget', kind: 'rate', output: 'fallback', limit }, { node: 'small', kind: 'model' }), undefined)).toEqual({ detour: 'Over budget', end: 'small' });
  });
});

describe('the waterfall', () => {
  it('shows waits between attempts and splits a stream at its first token', () => {
    const tries = [
      attempt({ duration_ms: 352, fault: { status: 529 }, detail: 'answered 529' }),
      attempt({ index: 1, started_ms: 852, first_token_ms: 568, duration_ms: 5878, connect_ms: 12 }),
    ];
    delete tries[0]!.first_token_ms;
    const { bars, total, remarks } = waterfallOf(row({ attempts: tries, stream: true, overhead_us: 300, route: route({ node: 'if', kind: 'conditional', output: 'true' }) }, { duration: 6730 }));
    expect(bars.map(({ kind }) => kind)).toEqual(['gateway', 'decisions', 'failed', 'wait', 'attempt', 'stream']);
    expect(bars[3]).toMatchObject({ start: 352, length: 500 });
    expect(bars[5]).toMatchObject({ start: 1420, length: 5310 });
    expect(total).toBe(6730);
    expect(remarks).toEqual([{ number: 1, text: 'mock/small: answered 529', cost: 0.1 }]);
  });

  it('never leaves its axis', () => {
    for (const bar of [{ start: 0, length: 200 }, { start: 120, length: 5 }, { start: 99.9, length: 50 }]) {
      const { left, width } = placeOf(bar, 100);
      expect(left + width).toBeLessThanOrEqual(100);
    }
    expect(waterfallOf(row({ attempts: [], overhead_us: 0 }, { duration: 0 })).total).toBeGreaterThan(0);
  });
});
