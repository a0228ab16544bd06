import { describe, expect, it } from 'vitest';

import { type BranchResult, branchName, countedOf, inShort, isSimulated, MEASURES, scaleOf, sharesOf, verdictOf } from './compare';

function branch(output: string, requests: number, more: Partial<BranchResult> = {}): BranchResult {
  return { output, weight: 50, requests, users: null, simulated_requests: 0, cost_per_request: null, first_token_ms: null, p95_ms: null, errors: null, thumbs_up: null, ...more };
}

describe('results of a split', () => {
  it('counts users where the split is sticky, requests where it is not', () => {
    expect(countedOf(branch('a', 900, { users: 3 }))).toBe(3);
    expect(countedOf(branch('a', 900))).toBe(900);
    const { branches } = { branches: [branch('a', 900, { users: 58 }), branch('b', 10, { users: 42 })] };
    expect(inShort(sharesOf({ branches }).map(({ observed }) => observed!))).toBe('58/42');
  });

  it('does not call a share that nobody counted zero', () => {
    expect(sharesOf({ branches: [branch('a', 0), branch('b', 0)] }).map(({ observed }) => observed)).toEqual([null, null]);
    expect(verdictOf({ branches: [branch('a', 0), branch('b', 0)], enough: false, skew: null })).toEqual({ kind: 'nothing' });
  });

  it('says what is missing while it is too early, and leaves out branches that get nothing', () => {
    const branches = [branch('a', 240), branch('b', 12), branch('off', 0, { weight: 0 })];
    const verdict = verdictOf({ branches, enough: false, skew: { p_value: 0.2, is_unlikely: false } });
    expect(verdict).toEqual({ kind: 'early', missing: [branches[1]] });
  });

  it('warns of a skew before anything else', () => {
    const branches = [branch('a', 58), branch('b', 42)];
    expect(verdictOf({ branches, enough: false, skew: { p_value: 0.0001, is_unlikely: true } })).toEqual({ kind: 'skewed', observed: '58/42', set: '50/50' });
    expect(verdictOf({ branches: branches.map((each) => ({ ...each, requests: 400 })), enough: true, skew: { p_value: 0.4, is_unlikely: false } })).toEqual({ kind: 'fine' });
  });

  it('draws all intervals of one measure on one scale, and nothing that is not known', () => {
    const branches = [branch('a', 200, { errors: { share: 0.1, low: 0.05, high: 0.2 }, p95_ms: 300 }), branch('b', 200, { errors: { share: 0.3, low: 0.2, high: 0.4 } })];
    const measure = (key: string) => MEASURES.find((each) => each.key === key)!;
    expect(scaleOf(measure('errors'), branches)).toBe(0.4);
    expect(scaleOf(measure('p95'), branches)).toBe(300);
    expect(scaleOf(measure('cost'), branches)).toBe(0);
    expect(measure('p95').of(branches[1]!)).toBeNull();
    expect(measure('cost').of(branches[0]!)).toBeNull();
  });

  it('knows what is no real money: what mock models alone served', () => {
    expect([200, 199, 0].map((simulated) => isSimulated(branch('a', 200, { simulated_requests: simulated })))).toEqual([true, false, false]);
    expect(isSimulated(branch('a', 0))).toBe(false);
  });

  it('calls branches as the document does', () => {
    const element = { id: 's', type: 'percentage', outputs: {}, properties: { branches: [{ name: 'a', weight: 50 }, { name: 'new model', weight: 50 }] } };
    expect(['a', 'new model', 'else', 'gone'].map((output) => branchName(element, output))).toEqual(['A', 'new model', 'Else', 'gone']);
  });
});
