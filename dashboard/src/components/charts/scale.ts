/** Ticks: three for values, and for times as many as fit, on round moments of the gateway's own zone. */
import { day, hourMinute } from '@/lib/time';

import type { Slot } from './series';

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

/**
 * `0`, a step and two steps, with the largest round step whose double is not above `max`. `whole` leaves out steps that are no
 * whole numbers, for things that are counted.
 */
export function valueTicks(max: number, whole = false): number[] {
  if (!(max > 0) || !Number.isFinite(max)) return [0];
  if (whole && max < 2) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(max / 2));
  const fits = STEPS.filter((step) => step * power * 2 <= max * (1 + 1e-9) && (!whole || Number.isInteger(step * power)));
  const step = (fits.at(-1) ?? 1) * power;
  return [0, clean(step), clean(step * 2)];
}

/** Without the dust of binary fractions. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}

const MINUTE = 60_000;
const DAY = 1_440;
const MINUTE_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720];

export interface TimeTick {
  /** Which slot it stands under. */
  index: number;
  label: string;
}

/** Minutes since midnight, as a clock in this zone shows them. */
export function minuteOfDay(moment: number, zone: string): number {
  const [hours = '0', minutes = '0'] = hourMinute(moment, zone).split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** Labels under slots; at most one for each `roomPx` of `widthPx`. */
export function timeTicks(slots: readonly Slot[], widthPx: number, zone: string, roomPx = 56): TimeTick[] {
  const first = slots[0];
  const last = slots.at(-1);
  if (!first || !last) return [];
  const labels = Math.max(1, Math.floor(widthPx / roomPx));
  const spanMinutes = (last.end - first.start) / MINUTE;
  const slotMinutes = Math.round((last.end - last.start) / MINUTE);
  const needed = spanMinutes / labels;
  const step = MINUTE_STEPS.find((minutes) => minutes >= needed && minutes >= slotMinutes);
  if (step === undefined || slotMinutes >= DAY / 2) return dayTicks(slots, labels, zone);
  const severalDays = spanMinutes > DAY * 1.5;
  return slots.flatMap((slot, index) => {
    const minute = minuteOfDay(slot.start, zone);
    if (minute % step !== 0) return [];
    return [{ index, label: severalDays && minute === 0 ? day(slot.start, zone) : hourMinute(slot.start, zone) }];
  });
}

function dayTicks(slots: readonly Slot[], labels: number, zone: string): TimeTick[] {
  const days = slots.flatMap((slot, index) => {
    const label = day(slot.start, zone);
    const before = slots[index - 1];
    return before && day(before.start, zone) === label ? [] : [{ index, label }];
  });
  const every = Math.max(1, Math.ceil(days.length / labels));
  const shown = days.filter((_, index) => index % every === 0);
  // The first day has often only begun late, and the next label would cover its own.
  const [first, second] = shown;
  return first && second && second.index - first.index < (slots.length / labels) * 0.75 ? shown.slice(1) : shown;
}

/** Where a moment stands on a row of slots: `0` at the start of the first, `1` at the end of the last; `null` outside. */
export function placeOf(moment: number, slots: readonly Slot[]): number | null {
  const index = slots.findIndex((slot) => moment >= slot.start && moment < slot.end);
  const slot = slots[index];
  if (!slot) return null;
  return (index + (moment - slot.start) / (slot.end - slot.start)) / slots.length;
}
