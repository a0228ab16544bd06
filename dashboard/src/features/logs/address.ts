/** What Logs shows, as its address says it: filters, free text, time, order, page, the open log. */
import { readFilters, writeFilters, type Filter } from '@/components/FilterBar';
import { RANGES, type RangeName } from '@/lib/time';
import type { UrlState } from '@/lib/url-state';

export const ORDERS = ['created_at', 'cost', 'duration', 'tokens', 'model', 'provider'] as const;
export type OrderKey = (typeof ORDERS)[number];

export interface Order {
  by: OrderKey;
  isDescending: boolean;
}

export interface LogsState {
  filters: Filter[];
  search: string | undefined;
  range: RangeName;
  /** Both or none: a range of two moments. */
  start: string | undefined;
  end: string | undefined;
  order: Order;
  page: number;
  /** Upper bound of the pages after the first, so that rows never shift between pages. */
  until: string | undefined;
  /** The log in the side panel. */
  log: string | undefined;
  tail: boolean;
}

export function readLogsState(url: UrlState): LogsState {
  const by = ORDERS.find((order) => order === url.sort) ?? 'created_at';
  const page = Number(url.page);
  const hasBoth = Boolean(url.start && url.end);
  return {
    filters: readFilters(url.filters),
    search: url.q || undefined,
    range: RANGES.find(({ name }) => name === url.range)?.name ?? '24h',
    start: hasBoth ? url.start : undefined,
    end: hasBoth ? url.end : undefined,
    order: { by, isDescending: url.dir !== 'asc' },
    page: Number.isInteger(page) && page > 1 && url.until ? page : 1,
    until: url.until,
    log: url.log,
    tail: url.tail === 'on',
  };
}

/** Another question: it begins at its first page. */
export const FIRST_PAGE: UrlState = { page: undefined, until: undefined };

export function filtersInUrl(filters: readonly Filter[]): UrlState {
  return { filters: writeFilters(filters), ...FIRST_PAGE };
}

export function orderInUrl({ by, isDescending }: Order): UrlState {
  return { sort: by === 'created_at' ? undefined : by, dir: isDescending ? undefined : 'asc', ...FIRST_PAGE };
}

/** The parts that say which rows, without those that say what is open. */
export function listOnly(url: UrlState): UrlState {
  const { filters, q, range, start, end, sort, dir } = url;
  return Object.fromEntries(Object.entries({ filters, q, range, start, end, sort, dir }).filter(([, value]) => value !== undefined));
}

export interface Window {
  start: Date;
  /** Not part of it; undefined while it is "now". */
  end: Date | undefined;
}

const MINUTE_MS = 60_000;

/** The time that rows must fall into. `now` is the server's. */
export function windowOf(state: Pick<LogsState, 'range' | 'start' | 'end'>, now: number): Window {
  if (state.start && state.end) return { start: new Date(state.start), end: new Date(state.end) };
  const start = now - RANGES.find(({ name }) => name === state.range)!.ms;
  // Sums are kept by the minute: from its beginning on, the list and the chart above it count the same rows.
  return { start: new Date(start - (start % MINUTE_MS)), end: undefined };
}

/** All filters of a list call, those of time included. */
export function apiFilters(filters: readonly Filter[], window: Window, until?: string): Filter[] {
  const isTime = (value: Date | undefined): value is Date => value !== undefined && Number.isFinite(value.getTime());
  return [
    ...filters,
    ...(isTime(window.start) ? [{ key: 'created_at', operator: 'gte' as const, value: [window.start.toISOString()] }] : []),
    ...(isTime(window.end) ? [{ key: 'created_at', operator: 'lt' as const, value: [window.end.toISOString()] }] : []),
    ...(until ? [{ key: 'created_at', operator: 'lte' as const, value: [until] }] : []),
  ];
}
