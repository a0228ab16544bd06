/** The series of each chart, from what the API counted. */
import { LOOKS, lookOfGroup, type Look, type Series } from '@/components/charts';
import { series as text } from '@/text/analytics';

import { lasts, sums, type Slots } from './buckets';
import { isAllSimulated, moneyOf } from './money';
import type { Analytics, Measures, Quantiles } from './types';

const FAILED_HEIGHT_MIN = 3;

/** A series with its total over the whole range, which is the API's own and not the sum of what is drawn. */
export interface Totalled extends Series {
  total: number;
}

interface Part {
  key: string;
  label: string;
  look: Look;
  of: (measures: Measures) => number;
  heightMin?: number;
  /** Left out while there is nothing of it. */
  isRare?: boolean;
}

const ENDINGS: Part[] = [
  { key: 'answered', label: text.answered, look: LOOKS.answered, of: (one) => one.answered },
  { key: 'limited', label: text.limited, look: LOOKS.limited, of: (one) => one.limited },
  { key: 'failed', label: text.failed, look: LOOKS.failed, of: (one) => one.failed, heightMin: FAILED_HEIGHT_MIN },
  { key: 'interrupted', label: text.interrupted, look: LOOKS.simulated, of: (one) => one.interrupted, isRare: true },
];

const MONEY: Part[] = [
  { key: 'priced', label: text.priced, look: LOOKS.priced, of: (one) => moneyOf(one).priced },
  { key: 'custom', label: text.custom, look: LOOKS.custom, of: (one) => moneyOf(one).custom, isRare: true },
  { key: 'simulated', label: text.simulated, look: LOOKS.simulated, of: (one) => moneyOf(one).simulated, isRare: true },
];

const TOKENS: Part[] = [
  { key: 'input', label: text.input, look: LOOKS.input, of: (one) => one.tokens_in },
  { key: 'output', label: text.output, look: LOOKS.output, of: (one) => one.tokens_out },
];

const RESCUES: Part[] = [
  { key: 'retry', label: text.retry, look: LOOKS.answered, of: (one) => one.rescued_retry },
  { key: 'fallback', label: text.fallback, look: LOOKS.output, of: (one) => one.rescued_fallback },
];

const LIMITS: Part[] = [
  { key: 'rejected', label: text.rejected, look: LOOKS.limited, of: (one) => one.limited },
  { key: 'redirected', label: text.redirected, look: LOOKS.output, of: (one) => one.redirected },
];

export type PartsName = 'endings' | 'money' | 'tokens' | 'rescues' | 'limits';

const PARTS: Record<PartsName, Part[]> = { endings: ENDINGS, money: MONEY, tokens: TOKENS, rescues: RESCUES, limits: LIMITS };

/** What a chart shows of each group when it is split by something. */
const SUM_OF: Record<PartsName, (measures: Measures) => number> = {
  endings: (one) => one.requests,
  money: (one) => moneyOf(one).real,
  tokens: (one) => one.tokens_in + one.tokens_out,
  rescues: (one) => one.rescued_retry + one.rescued_fallback,
  limits: (one) => one.limited + one.redirected,
};

/** The parts of everything together: how it ended, what it cost. */
export function partsOf(name: PartsName, answer: Analytics, slots: Slots, real: Analytics = answer): Totalled[] {
  return PARTS[name]
    .map((part) => ({ part, from: part.key === 'priced' || part.key === 'custom' ? real : answer }))
    .filter(({ part, from }) => !part.isRare || part.of(from.total) > 0)
    .map(({ part: { of, isRare: _, ...part }, from }) => ({
      ...part,
      values: sums(from.series.flatMap((series) => series.buckets), slots, of),
      total: of(from.total),
    }));
}

/** One series for each group. */
export function groupsOf(name: PartsName, answer: Analytics, slots: Slots): Totalled[] {
  const of = name === 'money' && isAllSimulated(answer.total) ? (one: Measures) => moneyOf(one).simulated : SUM_OF[name];
  return answer.series.map(({ key, label, buckets, total }, index) => ({
    key,
    label: label || text.without,
    look: lookOfGroup(index, key),
    values: sums(buckets, slots, of),
    total: of(total),
  }));
}

/** The same measure in the period before, slot by slot. */
export function previousOf(name: PartsName, answer: Analytics, previous: Analytics, before: Slots, slots: Slots): (number | null)[] {
  const isSimulated = name === 'money' && isAllSimulated(answer.total) && moneyOf(previous.total).real === 0;
  const values = sums(previous.series.flatMap((series) => series.buckets), before, isSimulated ? (one) => moneyOf(one).simulated : SUM_OF[name]);
  return slots.slots.map((_, index) => values[index] ?? null);
}

export type LatencyName = 'duration_ms' | 'first_token_ms';

const QUANTILES: { key: keyof Quantiles; look: Look }[] = [
  { key: 'p50', look: { color: 'var(--wp-chart-1)', pattern: 'solid' } },
  { key: 'p95', look: { color: 'var(--wp-chart-4)', pattern: 'hatch' } },
  { key: 'p99', look: { color: 'var(--wp-chart-5)', pattern: 'dots' } },
];

/** A line with its value over the whole range; `null` when nothing was measured. */
export interface Line extends Series {
  total: number | null;
}

export function quantileLines(name: LatencyName, answer: Analytics, slots: Slots): Line[] {
  const buckets = answer.series.flatMap((series) => series.buckets);
  return QUANTILES.map(({ key, look }) => ({
    key,
    label: key,
    look,
    values: lasts(buckets, slots, (one) => one[name]?.[key]),
    total: answer.total[name]?.[key] ?? null,
  }));
}

/** The slowest twentieth of each group. */
export function p95Lines(name: LatencyName, answer: Analytics, slots: Slots): Line[] {
  return answer.series.map(({ key, label, buckets, total }, index) => ({
    key,
    label: label || text.without,
    look: lookOfGroup(index, key),
    values: lasts(buckets, slots, (one) => one[name]?.p95),
    total: total[name]?.p95 ?? null,
  }));
}
