/** What Logs asks of the API: one call for a page of rows, one for the chart, one for each log that is opened. */
import { keepPreviousData, queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { api, ApiFailure, call, failure, whole } from '@/api/client';
import { ACCOUNT } from '@/app/gateway';
import { mayRetry, retryDelayMs } from '@/app/queries';
import type { RouteDocument } from '@/features/route-editor/model/types';

import type { Filter, Suggestions } from '@/components/FilterBar';

import { apiFilters, windowOf, type LogsState, type Window } from './address';
import { KNOWN_VALUES } from './fields';
import type { LogDetail, LogRow } from './row';

export const ROWS_PER_PAGE = 50;

const LOGS = '/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs' as const;
const LOG = '/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs/{id}' as const;

/** Entries that could not be stored, when the list says so. */
export interface Gap {
  from: string;
  to: string;
  count: number;
  reason: string;
}

export interface LogsPage {
  rows: LogRow[];
  total: number;
  gaps: Gap[];
  /** The server's clock when it answered: this browser's may be wrong. */
  now: number;
}

/** A page of the list, with what was asked for it. */
export interface ListedPage extends LogsPage {
  window: Window;
  /** All filters of the call, those of time included. */
  asked: Filter[];
}

let clockOffsetMs = 0;

/** The time as the server has it. */
export function serverNow(): number {
  return Date.now() + clockOffsetMs;
}

interface ListQuery {
  filters: readonly Filter[];
  search?: string | undefined;
  order?: LogsState['order'];
  page?: number;
  perPage?: number;
}

export async function listLogs(gateway: string, asked: ListQuery, signal?: AbortSignal): Promise<LogsPage> {
  const { filters, search, order, page = 1, perPage = ROWS_PER_PAGE } = asked;
  const query = {
    page,
    per_page: perPage,
    filters: JSON.stringify(filters),
    ...(search ? { search } : {}),
    ...(order ? { order_by: order.by, order_by_direction: order.isDescending ? 'desc' : 'asc' } : {}),
  };
  let date: string | null = null;
  const answered = api.GET(LOGS, { params: { path: { account: ACCOUNT, gateway }, query }, ...(signal ? { signal } : {}) }).then((answer) => {
    date = answer.response.headers.get('date');
    return answer;
  });
  const { result, result_info: info } = await whole(answered);
  const now = date ? new Date(date).getTime() + 1_000 : Date.now();
  clockOffsetMs = Math.abs(now - Date.now()) > 2_000 ? now - Date.now() : 0;
  const { total_count: total = 0, gaps = [] } = (info ?? {}) as { total_count?: number; gaps?: Gap[] };
  return { rows: result as unknown as LogRow[], total, gaps, now };
}

/** One page of rows. It is asked for once and again only when somebody wants newer rows: nothing moves by itself. */
export function useLogsPage(gateway: string, state: LogsState, asOf: number) {
  const { filters, search, order, page, until, range, start, end } = state;
  return useQuery({
    queryKey: ['logs', gateway, { filters, search, order, page, until, range, start, end }, asOf],
    queryFn: async ({ signal }): Promise<ListedPage> => {
      const window = windowOf(state, serverNow());
      const asked = apiFilters(filters, window, until);
      return { ...(await listLogs(gateway, { filters: asked, search, order, page }, signal)), window, asked };
    },
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  });
}

export async function readLog(gateway: string, id: string, signal: AbortSignal): Promise<LogDetail> {
  return (await call(api.GET(LOG, { params: { path: { account: ACCOUNT, gateway, id } }, signal }))) as unknown as LogDetail;
}

/** A row is stored a moment after its answer has ended: a link to it may be quicker. */
const STORED_TRIES = 6;
const STORED_EVERY_MS = 350;

function isMissing(error: unknown): boolean {
  return error instanceof ApiFailure && error.status === 404;
}

export function logQuery(gateway: string, id: string) {
  return queryOptions({
    queryKey: ['log', gateway, id],
    queryFn: ({ signal }) => readLog(gateway, id, signal),
    retry: (failures, error) => (isMissing(error) ? failures < STORED_TRIES : mayRetry(failures, error)),
    retryDelay: (attempt, error) => (isMissing(error) ? STORED_EVERY_MS : retryDelayMs(attempt)),
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });
}

export async function sendFeedback(gateway: string, id: string, change: { feedback?: number | null; score?: number | null; metadata?: Record<string, unknown> | null }): Promise<void> {
  await call(api.PATCH(LOG, { params: { path: { account: ACCOUNT, gateway, id } }, body: change as never }));
}

const DELETED_PER_CALL = 10_000;

/** Removes what matches, in as many calls as it takes. */
export async function deleteLogs(gateway: string, filters: readonly Filter[]): Promise<number> {
  let deleted = 0;
  for (;;) {
    const answer = (await call(
      api.DELETE(LOGS, { params: { path: { account: ACCOUNT, gateway }, query: { filters: JSON.stringify(filters), limit: DELETED_PER_CALL } } }),
    )) as { count?: number };
    deleted += answer.count ?? 0;
    if ((answer.count ?? 0) < DELETED_PER_CALL) return deleted;
  }
}

export function exportHref(gateway: string, format: 'csv' | 'ndjson', filters: readonly Filter[], search: string | undefined): string {
  const query = new URLSearchParams({ format, filters: JSON.stringify(filters), ...(search ? { search } : {}) });
  return `/api/gateways/${encodeURIComponent(gateway)}/logs/export?${query.toString()}`;
}

export interface Payload {
  text: string;
  contentType: string | null;
  /** All that there was is here. */
  isComplete: boolean;
}

async function payloadResponse(gateway: string, id: string, side: 'request' | 'response', signal?: AbortSignal): Promise<Response | null> {
  const address = `/client/v4/accounts/${ACCOUNT}/ai-gateway/gateways/${encodeURIComponent(gateway)}/logs/${encodeURIComponent(id)}/${side}`;
  const response = await fetch(address, { credentials: 'same-origin', ...(signal ? { signal } : {}) }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiFailure(0, undefined, "Can't reach the admin API. Traffic is not affected.", undefined);
  });
  if (response.status === 404) return null;
  if (!response.ok) throw failure(response, await response.json().catch(() => undefined));
  return response;
}

/** A stored prompt or answer, whole; null when it was not stored. */
export async function payload(gateway: string, id: string, side: 'request' | 'response', signal?: AbortSignal): Promise<Payload | null> {
  const response = await payloadResponse(gateway, id, side, signal);
  return response && { text: await response.text(), contentType: response.headers.get('content-type'), isComplete: response.headers.get('waypost-complete') !== 'false' };
}

/** Documents of versions never change: each is asked for once. */
export function versionQuery(gateway: string, route: string, version: string) {
  return queryOptions({
    queryKey: ['version', gateway, route, version],
    queryFn: async (): Promise<RouteDocument> => {
      const found = await call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions/{version}', { params: { path: { account: ACCOUNT, gateway, route, version } } }),
      );
      return { elements: (found as unknown as { data: RouteDocument['elements'] }).data };
    },
    staleTime: Infinity,
    retry: false,
  });
}

/** A page that shows more versions than this names their nodes by id. */
const VERSIONS_MAX = 8;

/** Documents of the versions that rows went through, by version id. */
export function useVersions(gateway: string, rows: readonly Pick<LogRow, 'waypost'>[]): Map<string, RouteDocument> {
  const wanted = useMemo(() => {
    const found = new Map<string, string>();
    for (const { waypost } of rows) if (waypost.route?.version_id) found.set(waypost.route.version_id, waypost.route.id);
    return [...found].slice(0, VERSIONS_MAX);
  }, [rows]);
  return useQueries({
    queries: wanted.map(([version, route]) => versionQuery(gateway, route, version)),
    combine: (answers) => new Map(wanted.flatMap(([version], index) => (answers[index]?.data ? [[version, answers[index].data] as const] : []))),
  });
}

/** Values of the last 24 hours, once the filter bar is used. */
export function useSuggestions(gateway: string, isWanted: boolean): Suggestions {
  const { data } = useQuery({
    queryKey: ['seen', gateway],
    queryFn: () => call(api.GET('/api/gateways/{gateway}/seen', { params: { path: { gateway }, query: { window: '24h' } } })),
    enabled: isWanted,
    staleTime: 60_000,
    retry: false,
  });
  const { data: routes } = useQuery({
    queryKey: ['route-names', gateway],
    queryFn: async () => {
      const list = await call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes', { params: { path: { account: ACCOUNT, gateway } } }));
      return (list as unknown as { name: string }[]).map(({ name }) => name);
    },
    enabled: isWanted,
    staleTime: 60_000,
    retry: false,
  });
  return useMemo(() => {
    const values: Suggestions['values'] = Object.fromEntries(Object.entries(KNOWN_VALUES).map(([key, list]) => [key, list.map((value) => ({ value }))]));
    for (const { key, values: seen } of data?.metadata ?? []) values[`metadata.${key}`] = seen.map(({ value, count }) => ({ value: String(value), count }));
    const models = data?.models ?? [];
    values.model = models.map(({ model, requests }) => ({ value: model, count: requests }));
    values.provider = [...new Set(models.map(({ provider }) => provider))].map((value) => ({ value }));
    values.route = (routes ?? []).map((value) => ({ value }));
    values.requested_model = (routes ?? []).map((value) => ({ value: `dynamic/${value}` }));
    return { metadata: data?.metadata?.map(({ key, share }) => ({ key, share })) ?? [], values };
  }, [data, routes]);
}

/** The beginning of a body; the rest is not read. */
export async function payloadStart(gateway: string, id: string, side: 'request' | 'response', most: number, signal?: AbortSignal): Promise<Payload | null> {
  const response = await payloadResponse(gateway, id, side, signal);
  if (!response?.body) return null;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  while (size < most) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, most - size), { stream: true });
    size += value.length;
  }
  await reader.cancel().catch(() => undefined);
  return { text, contentType: response.headers.get('content-type'), isComplete: response.headers.get('waypost-complete') !== 'false' };
}
