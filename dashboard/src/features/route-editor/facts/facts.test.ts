import { describe, expect, it } from 'vitest';

import { matchedWords, modelWords, overWords, shareWords } from './facts';

const effect = { valid: true, requests: 1000, judged: 1000, unjudged: 0, edges: [] as { node: string; output: string; count: number }[] };
const taken = (matched: number, missed: number) => [
  { node: 'c', output: 'true', count: matched },
  { node: 'c', output: 'false', count: missed },
];

describe('what a condition matched', () => {
  it('is a share of the last requests', () => {
    expect(matchedWords({ ...effect, edges: taken(120, 880) }, 'c', true)).toBe('Matched 12 % of the last 1,000 requests.');
    expect(matchedWords({ ...effect, edges: taken(120, 880) }, 'c', false)).toBe('Would match 12 % of the last 1,000 requests.');
  });

  it('says how many reach it where not all do', () => {
    expect(matchedWords({ ...effect, edges: taken(50, 150) }, 'c', true)).toBe('Matched 25 % of the 200 that reach it, among the last 1,000 requests.');
    expect(matchedWords({ ...effect, edges: [] }, 'c', true)).toBe('None of the last 1,000 requests reaches it.');
  });

  it('tells what cannot be judged from what does not match', () => {
    expect(matchedWords({ ...effect, judged: 969, unjudged: 31, edges: taken(0, 969) }, 'c', true)).toBe("Matched 0 % of the last 1,000 requests. 31 requests can't be judged: what they read was not stored.");
    expect(matchedWords({ ...effect, judged: 0, unjudged: 1000 }, 'c', true)).toBe("1,000 requests can't be judged: what they read was not stored.");
  });

  it('is nothing before the first request, and not told while the flow has errors', () => {
    expect(matchedWords({ ...effect, requests: 0, judged: 0 }, 'c', true)).toBeNull();
    expect(matchedWords({ ...effect, valid: false, requests: 0, judged: 0 }, 'c', true)).toBe('The flow has errors; what it would match is told once they are fixed.');
  });

  it('never rounds a few to none, nor almost all to all', () => {
    expect([0, 0.001, 0.126, 0.999, 1].map(shareWords)).toEqual(['0 %', '0.1 %', '13 %', '99.9 %', '100 %']);
  });
});

describe('what a limit did', () => {
  it('would have redirected while it only watches', () => {
    expect(overWords({ requests: 9120, over: 312, users_over: 0 }, true)).toBe('Only watching: it would have redirected 312 of 9,120 requests.');
  });

  it('counts requests and users over it', () => {
    expect(overWords({ requests: 9120, over: 312, users_over: 14 }, false)).toBe('312 of 9,120 requests went over, from 14 users.');
    expect(overWords({ requests: 9120, over: 312, users_over: null }, false)).toBe('312 of 9,120 requests went over.');
    expect(overWords({ requests: 9120, over: 0, users_over: 0 }, false)).toBe('None of 9,120 requests went over.');
    expect(overWords(undefined, true)).toBe('No request came here.');
  });
});

it('says of a model what is known', () => {
  expect(modelWords({ requests: 1200, errors: 12, p95_ms: 1210, cost_usd: 4.2 })).toBe('1,200 requests: 1 % failed, p95 1.21 s, $4.20.');
  expect(modelWords({ requests: 1200, errors: 12, p95_ms: 1210, cost_usd: 4.2 }, true)).toBe('1,200 requests: 1 % failed, p95 1.21 s, $4.20 sim.');
  expect(modelWords({ requests: 1, errors: 0, p95_ms: null, cost_usd: null })).toBe('1 request: 0 % failed.');
});
