/** What the tiles of Overview say, from the totals of two periods. */
import { lasts, sums, type Slots } from '@/features/analytics/buckets';
import { moneyOf } from '@/features/analytics/money';
import type { Measures } from '@/features/analytics/types';
import { usd } from '@/lib/money';
import { compact, count, percent } from '@/lib/number';
import { tiles as text } from '@/text/overview';

import { changeOf, pointsOf, type Change } from './change';

export type TileName = 'requests' | 'success' | 'cost' | 'latency' | 'tokens' | 'rescued';

export interface TileWords {
  name: TileName;
  title: string;
  value: string;
  /** Amounts of mock models carry this mark. */
  isSimulated?: boolean;
  note: string | readonly [string, string, string];
  change: Change | null;
}

/** Answered of all that were not limited; `null` when there are none. */
export function successOf(measures: Measures): number | null {
  const judged = measures.requests - measures.limited;
  return judged > 0 ? measures.answered / judged : null;
}

export function tilesOf(now: Measures, before: Measures | null | undefined): TileWords[] {
  return [requests(now, before), success(now, before), cost(now, before), latency(now, before), tokens(now, before), rescued(now, before)];
}

function requests(now: Measures, before: Measures | null | undefined): TileWords {
  const note = before ? (before.requests > 0 ? text.before(count(before.requests)) : text.nothingBefore) : '';
  return { name: 'requests', title: text.requests, value: count(now.requests), note, change: changeOf(now.requests, before?.requests) };
}

function success(now: Measures, before: Measures | null | undefined): TileWords {
  const share = successOf(now);
  const missed = now.requests - now.limited - now.answered;
  return {
    name: 'success',
    title: text.success,
    value: share === null ? text.unknown : successText(share),
    note: share === null ? text.noJudged : missed > 0 ? text.failed(count(missed)) : text.allAnswered,
    change: before ? pointsOf(share, successOf(before)) : null,
  };
}

/** A failure is never rounded away: 99.996 % is not 100 %. */
function successText(share: number): string {
  if (share === 1) return percent(1);
  return percent(Math.min(share, 0.9999), 2);
}

function cost(now: Measures, before: Measures | null | undefined): TileWords {
  const money = moneyOf(now);
  const past = before ? moneyOf(before) : null;
  const base = { name: 'cost' as const, title: text.cost };
  const isAllSimulated = now.requests > 0 && money.real === 0 && money.simulated > 0;
  if (isAllSimulated) {
    const change = changeOf(money.simulated, past?.simulated);
    return { ...base, value: usd(money.simulated), isSimulated: true, note: text.allSimulated, change };
  }
  const note = money.simulated > 0 ? text.simulatedApart(usd(money.simulated)) : money.custom > 0 ? text.custom(usd(money.custom)) : money.real > 0 ? text.atListPrice : text.free;
  return { ...base, value: usd(money.real), note, change: changeOf(money.real, past?.real) };
}

function latency(now: Measures, before: Measures | null | undefined): TileWords {
  const value = now.duration_ms;
  const past = before?.duration_ms;
  return {
    name: 'latency',
    title: text.latency,
    value: value ? pair(value.p50, value.p95) : text.unknown,
    note: value ? (past ? text.before(pair(past.p50, past.p95)) : text.nothingBefore) : text.noAnswers,
    change: changeOf(value?.p95, past?.p95),
  };
}

/** Two durations with one unit: `1.21 / 4.86 s`. */
export function pair(one: number, other: number): string {
  if (other < 1_000) return `${Math.round(one)} / ${Math.round(other)} ms`;
  return `${(one / 1_000).toFixed(2)} / ${(other / 1_000).toFixed(2)} s`;
}

function tokens(now: Measures, before: Measures | null | undefined): TileWords {
  const sum = now.tokens_in + now.tokens_out;
  const note = now.tokens_cache_read > 0 ? text.cached(compact(now.tokens_cache_read)) : now.requests > 0 ? text.perRequest(compact(Math.round(sum / now.requests))) : '';
  return {
    name: 'tokens',
    title: text.tokens,
    value: `${compact(now.tokens_in)} / ${compact(now.tokens_out)}`,
    note,
    change: changeOf(sum, before ? before.tokens_in + before.tokens_out : null),
  };
}

function rescued(now: Measures, before: Measures | null | undefined): TileWords {
  const of = (measures: Measures) => measures.rescued_retry + measures.rescued_fallback;
  return { name: 'rescued', title: text.rescued, value: count(of(now)), note: text.byRetryOrFallback, change: changeOf(of(now), before ? of(before) : null) };
}

type Buckets = readonly (Measures & { time: string })[];

/** What the little line of a tile follows: sums where nothing is zero, and holes where nothing was measured. */
export function runOf(tile: Pick<TileWords, 'name' | 'isSimulated'>, buckets: Buckets, slots: Slots): (number | null)[] {
  switch (tile.name) {
    case 'requests':
      return sums(buckets, slots, (one) => one.requests);
    case 'success':
      return lasts(buckets, slots, successOf);
    case 'cost':
      return sums(buckets, slots, (one) => (tile.isSimulated ? moneyOf(one).simulated : moneyOf(one).real));
    case 'latency':
      return lasts(buckets, slots, (one) => one.duration_ms?.p95);
    case 'tokens':
      return sums(buckets, slots, (one) => one.tokens_in + one.tokens_out);
    case 'rescued':
      return sums(buckets, slots, (one) => one.rescued_retry + one.rescued_fallback);
  }
}
