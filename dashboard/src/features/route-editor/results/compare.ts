/** What a comparison of branches shows, between the server's answer and the screen. Pure. */
import type { components } from '@/api/schema';
import { usd } from '@/lib/money';
import { duration, percent } from '@/lib/number';
import { insightText } from '@/text/route-insight';
import { routeEditorText } from '@/text/route-editor';

import { branchesOf, type RouteElement } from '../model';

export type SplitsView = components['schemas']['SplitsView'];
export type BranchResult = components['schemas']['BranchView'];

const text = insightText.splits;

/** What people call a branch: `a` is A, `else` is Else. */
export function branchName(element: RouteElement | null, output: string): string {
  if (output === 'else') return routeEditorText.outputs.else;
  const branch = element === null ? undefined : branchesOf(element).find((each) => each.output === output);
  return branch === undefined || branch.label === '' ? output : branch.label;
}

/** What shares are counted by: users where the split is sticky, since one user is one decision. */
export function countedOf({ users, requests }: Pick<BranchResult, 'users' | 'requests'>): number {
  return users ?? requests;
}

export interface Share {
  output: string;
  /** 0 to 1; null while nothing was counted. */
  observed: number | null;
  set: number;
}

export function sharesOf({ branches }: Pick<SplitsView, 'branches'>): Share[] {
  const total = branches.reduce((sum, branch) => sum + countedOf(branch), 0);
  return branches.map((branch) => ({ output: branch.output, observed: total === 0 ? null : countedOf(branch) / total, set: branch.weight / 100 }));
}

export function isSticky({ branches }: Pick<SplitsView, 'branches'>): boolean {
  return branches.some(({ users }) => users !== null && users !== undefined);
}

/** `58/42`: shares of all branches in whole percent. */
export function inShort(shares: readonly number[]): string {
  return shares.map((share) => Math.round(share * 100)).join('/');
}

export type Verdict = { kind: 'nothing' } | { kind: 'skewed'; observed: string; set: string } | { kind: 'early'; missing: BranchResult[] } | { kind: 'fine' };

/** Requests of a branch that the server calls enough. */
const ENOUGH = 100;

/** What may be concluded. That shares are off can be certain long before anything else is. */
export function verdictOf(view: Pick<SplitsView, 'branches' | 'enough' | 'skew'>): Verdict {
  const shares = sharesOf(view);
  if (view.branches.every(({ requests }) => requests === 0)) return { kind: 'nothing' };
  if (view.skew?.is_unlikely) return { kind: 'skewed', observed: inShort(shares.map(({ observed }) => observed ?? 0)), set: inShort(shares.map(({ set }) => set)) };
  return view.enough ? { kind: 'fine' } : { kind: 'early', missing: view.branches.filter(({ requests, weight }) => weight > 0 && requests < ENOUGH) };
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** One column of the comparison. */
export interface Measure {
  key: keyof typeof text.unknown;
  title: string;
  words: (value: number) => string;
  of: (branch: BranchResult) => Interval | number | null;
}

/** Mock models alone served it: what it cost is no real money. */
export function isSimulated({ requests, simulated_requests: simulated }: Pick<BranchResult, 'requests' | 'simulated_requests'>): boolean {
  return requests > 0 && simulated === requests;
}

const mean = (found: components['schemas']['IntervalView'] | null | undefined): Interval | null => (found ? { value: found.mean, low: found.low, high: found.high } : null);
const share = (found: components['schemas']['ShareView'] | null | undefined): Interval | null => (found ? { value: found.share, low: found.low, high: found.high } : null);

export const MEASURES: readonly Measure[] = [
  { key: 'cost', title: text.measures.cost, words: usd, of: (branch) => mean(branch.cost_per_request) },
  { key: 'firstToken', title: text.measures.firstToken, words: duration, of: (branch) => mean(branch.first_token_ms) },
  { key: 'p95', title: text.measures.p95, words: duration, of: (branch) => branch.p95_ms ?? null },
  { key: 'errors', title: text.measures.errors, words: (value) => percent(value), of: (branch) => share(branch.errors) },
  { key: 'thumbs', title: text.measures.thumbs, words: (value) => percent(value), of: (branch) => share(branch.thumbs_up) },
];

/** The end of the scale that the intervals of one measure are drawn on; it begins at zero. */
export function scaleOf(measure: Measure, branches: readonly BranchResult[]): number {
  return Math.max(0, ...branches.map((branch) => highOf(measure.of(branch))));
}

function highOf(found: Interval | number | null): number {
  return found === null ? 0 : typeof found === 'number' ? found : found.high;
}
