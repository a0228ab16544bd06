/** Slots of time for what the API counted, and measures laid over them. */
import { minuteOfDay } from '@/components/charts/scale';
import type { Slot } from '@/components/charts';

import type { Analytics, Measures } from './types';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Interval = 'minute' | '5m' | '15m' | 'hour' | 'day';

export const LENGTH_MS: Record<Interval, number> = { minute: MINUTE, '5m': 5 * MINUTE, '15m': 15 * MINUTE, hour: HOUR, day: DAY };

/** Buckets that are neither a handful nor too thin to see. */
export function intervalFor(lengthMs: number): Interval {
  if (lengthMs <= 1.5 * HOUR) return 'minute';
  if (lengthMs <= 6 * HOUR) return '5m';
  if (lengthMs <= 12 * HOUR) return '15m';
  if (lengthMs <= 14 * DAY) return 'hour';
  return 'day';
}

/** Several buckets of the API drawn as one slot. */
export interface Slots {
  slots: Slot[];
  /** Index of the slot that a bucket's time belongs to; -1 outside. */
  indexOf: (time: number) => number;
}

/**
 * The slots of an answer, without holes, also where nothing was counted. Up to `max` of them: hours are put together to 6 or 12,
 * on the zone's own midnight, when there would be more. The first begins and the last ends where the answer does.
 */
export function slotsOf(answer: Pick<Analytics, 'start' | 'end' | 'interval'>, zone: string, max = 96): Slots {
  const start = Date.parse(answer.start);
  const end = Date.parse(answer.end);
  const length = LENGTH_MS[answer.interval as Interval];
  const times = length ? grid(start, end, length, zone) : [start];
  const hours = [1, 2, 3, 6, 12, 24].find((count) => times.length / count <= max) ?? 24;
  const starts = length === HOUR && hours > 1 ? times.filter((time, index) => index === 0 || minuteOfDay(time, zone) % (hours * 60) === 0) : times;
  const slots = starts.map((time, index) => ({ start: Math.max(time, start), end: Math.min(starts[index + 1] ?? end, end) }));
  return { slots, indexOf: (time) => starts.findLastIndex((begin) => begin <= time) };
}

/** Starts of all buckets, as clocks of the zone show them. */
function grid(start: number, end: number, length: number, zone: string): number[] {
  const times: number[] = [];
  for (let time = down(start, length, zone); time < end; time = down(time + length * 1.25, length, zone)) times.push(time);
  return times;
}

/** The last border before or at a moment; days have 23 to 25 hours. */
function down(time: number, length: number, zone: string): number {
  const minutes = minuteOfDay(time, zone);
  if (length < DAY) return time - ((minutes * MINUTE + (time % MINUTE)) % length);
  const midnight = time - (time % MINUTE) - minutes * MINUTE;
  const off = minuteOfDay(midnight, zone);
  return midnight + (off > 720 ? 1_440 - off : -off) * MINUTE;
}

/** One sum for each slot; a slot without a bucket counted nothing. */
export function sums(buckets: readonly (Measures & { time: string })[], { slots, indexOf }: Slots, of: (measures: Measures) => number): number[] {
  const values = slots.map(() => 0);
  for (const bucket of buckets) {
    const index = indexOf(Date.parse(bucket.time));
    if (index >= 0 && index < values.length) values[index]! += of(bucket);
  }
  return values;
}

/** One value for each slot, where such values cannot be added up; the last known one of a slot of several buckets. */
export function lasts(buckets: readonly (Measures & { time: string })[], { slots, indexOf }: Slots, of: (measures: Measures) => number | null | undefined): (number | null)[] {
  const values: (number | null)[] = slots.map(() => null);
  for (const bucket of buckets) {
    const index = indexOf(Date.parse(bucket.time));
    const value = of(bucket);
    if (index >= 0 && index < values.length && value !== null && value !== undefined) values[index] = value;
  }
  return values;
}
