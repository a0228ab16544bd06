/** Times in the gateway's own zone, whose name stands beside every range; UTC in tooltips and exports. */

type Moment = string | number | Date;

/** Making one takes far longer than using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function format(moment: Moment, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = zone + JSON.stringify(options);
  let formatter = formatters.get(key);
  if (!formatter) formatters.set(key, (formatter = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options })));
  return formatter.format(new Date(moment));
}

/** `12:03:11` */
export function clock(moment: Moment, zone: string): string {
  return format(moment, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** `12:03` */
export function hourMinute(moment: Moment, zone: string): string {
  return format(moment, zone, { hour: '2-digit', minute: '2-digit' });
}

/** `21 Nov` */
export function day(moment: Moment, zone: string): string {
  return format(moment, zone, { day: 'numeric', month: 'short' });
}

/** `21 Nov, 12:03` */
export function dayAndTime(moment: Moment, zone: string): string {
  return `${day(moment, zone)}, ${hourMinute(moment, zone)}`;
}

/** `2026-11-21 12:03:11 UTC`, for tooltips. */
export function utc(moment: Moment): string {
  return `${new Date(moment).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The time where it is today, the day where it is not. */
export function short(moment: Moment, zone: string, now: Moment = Date.now()): string {
  return day(moment, zone) === day(now, zone) ? hourMinute(moment, zone) : day(moment, zone);
}

/** `3 min ago`, for things whose age matters more than their time. */
export function ago(moment: Moment, now: Moment = Date.now()): string {
  const seconds = Math.max(0, Math.round((new Date(now).getTime() - new Date(moment).getTime()) / 1_000));
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A range as the address says it: a length back from now, or two moments. */
export type RangeName = '15m' | '1h' | '24h' | '7d' | '30d';

export const RANGES: { name: RangeName; label: string; ms: number }[] = [
  { name: '15m', label: '15 min', ms: 15 * 60_000 },
  { name: '1h', label: '1 h', ms: 3_600_000 },
  { name: '24h', label: '24 h', ms: 86_400_000 },
  { name: '7d', label: '7 d', ms: 7 * 86_400_000 },
  { name: '30d', label: '30 d', ms: 30 * 86_400_000 },
];

export interface Range {
  start: Date;
  end: Date;
}

/** Two moments from the address; `fallback` where it names none. */
export function rangeOf(search: { range?: string; start?: string; end?: string }, now: number, fallback: RangeName = '24h'): Range {
  const start = search.start ? new Date(search.start) : undefined;
  const end = search.end ? new Date(search.end) : undefined;
  if (start && end && Number.isFinite(start.getTime()) && Number.isFinite(end.getTime())) return { start, end };
  const found = RANGES.find((range) => range.name === search.range) ?? RANGES.find((range) => range.name === fallback)!;
  return { start: new Date(now - found.ms), end: new Date(now) };
}
