import { routeEditorText as text } from '@/text/route-editor';

/** A window is stored in seconds and edited as a number of units. */
export type WindowUnit = 'second' | 'minute' | 'hour' | 'day';

export const WINDOW_UNITS: readonly WindowUnit[] = ['second', 'minute', 'hour', 'day'];

const SECONDS: Readonly<Record<WindowUnit, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

export type Calendar = 'hour' | 'day' | 'week' | 'month';

export const CALENDARS: readonly Calendar[] = ['hour', 'day', 'week', 'month'];

/** The largest unit that holds the window in whole numbers: 3600 is 1 hour, 90 is 90 seconds. */
export function splitWindow(seconds: number): { count: number; unit: WindowUnit } {
  const unit = WINDOW_UNITS.toReversed().find((each) => seconds >= SECONDS[each] && seconds % SECONDS[each] === 0) ?? 'second';
  return { count: seconds / SECONDS[unit], unit };
}

export function joinWindow(count: number, unit: WindowUnit): number {
  return Math.round(count * SECONDS[unit]);
}

export function isCalendar(value: unknown): value is Calendar {
  return CALENDARS.includes(value as Calendar);
}

/** "hour", "15 minutes", "calendar month"; empty when the document does not say. */
export function windowWords(properties: Readonly<Record<string, unknown>>): string {
  const { window, calendar } = properties;
  if (isCalendar(calendar)) return text.window.calendar[calendar];
  if (typeof window !== 'number' || !(window > 0)) return '';
  const { count, unit } = splitWindow(window);
  return text.window.units[unit](count);
}
