/** How values stand at axes, and what a slot is called. */
import { compact } from '@/lib/number';
import { usd, usdAsTyped } from '@/lib/money';
import { day, dayAndTime, hourMinute } from '@/lib/time';

import type { Slot } from './series';

const DAY_MS = 86_400_000;

export function compactTick(value: number): string {
  return Math.abs(value) < 1_000 ? String(value) : compact(value);
}

/** `$0`, `$50`, `$1.5 k`; below a cent as precise as it must be. */
export function moneyTick(value: number): string {
  if (value === 0) return '$0';
  if (value >= 1_000) return `$${compact(value)}`;
  return value >= 0.01 ? usdAsTyped(value) : usd(value);
}

/** `20 ms`, `1.5 s`, `2 min`. */
export function durationTick(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1_000) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toPrecision(3))} s`;
  return `${Number((ms / 60_000).toPrecision(3))} min`;
}

/** Where a slot begins, for narrow tables: `21 Nov, 14:00`, `21 Nov`. */
export function slotStart(slot: Slot, zone: string): string {
  return isWholeDay(slot, zone) ? day(slot.start, zone) : dayAndTime(slot.start, zone);
}

function isWholeDay(slot: Slot, zone: string): boolean {
  const length = slot.end - slot.start;
  return Math.abs(length - DAY_MS) <= 3_600_000 && hourMinute(slot.start, zone) === '00:00';
}

/** `21 Nov, 14:00 – 15:00`, `21 Nov`, `20 Nov, 18:00 – 21 Nov, 00:00`. */
export function slotTitle(slot: Slot, zone: string): string {
  if (isWholeDay(slot, zone)) return day(slot.start, zone);
  const sameDay = day(slot.start, zone) === day(slot.end - 1, zone);
  return `${dayAndTime(slot.start, zone)} – ${sameDay ? hourMinute(slot.end, zone) : dayAndTime(slot.end, zone)}`;
}
