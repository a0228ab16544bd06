/** The address of Logs with the filter that a point of a chart stands for. */
import type { Slot } from './series';

export interface LogFilter {
  key: string;
  operator: 'eq' | 'neq' | 'contains' | 'lt' | 'gt' | 'lte' | 'gte' | 'exists';
  value: readonly (string | number | boolean)[];
}

/** What the filter bar of Logs keeps in the address: the API's own `filters`, and the time as on every page. */
export interface LogsSearch {
  range?: string | undefined;
  start?: string | undefined;
  end?: string | undefined;
  filters?: string | undefined;
}

export function logsSearch(filters: readonly LogFilter[], time: { range?: string | undefined } | Slot): LogsSearch {
  const when = 'start' in time ? { start: new Date(time.start).toISOString(), end: new Date(time.end).toISOString() } : { range: time.range };
  return { ...when, filters: filters.length ? JSON.stringify(filters) : undefined };
}

export function logsHref(gateway: string, filters: readonly LogFilter[], time: { range?: string | undefined } | Slot): string {
  const entries = Object.entries(logsSearch(filters, time)).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(entries).toString();
  return `/g/${encodeURIComponent(gateway)}/logs${search ? `?${search}` : ''}`;
}
