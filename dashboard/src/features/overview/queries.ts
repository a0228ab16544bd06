import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { ACCOUNT } from '@/app/gateway';
import { EVERY_MS } from '@/app/queries';
import type { LogFilter } from '@/components/charts';
import { rangeOf } from '@/lib/time';
import type { UrlState } from '@/lib/url-state';

export type Limited = components['schemas']['LimitedView'];

function timesOf(time: UrlState): { start: string; end: string } {
  const { start, end } = rangeOf(time, Date.now());
  return { start: start.toISOString(), end: end.toISOString() };
}

export function limitedQuery(gateway: string, time: UrlState) {
  const { range, start, end } = time;
  return queryOptions({
    queryKey: ['limited', gateway, { range, start, end }],
    queryFn: ({ signal }) => call(api.GET('/api/gateways/{gateway}/limited', { params: { path: { gateway }, query: timesOf(time) }, signal })),
    refetchInterval: EVERY_MS.slow,
    placeholderData: keepPreviousData,
  });
}

export function attentionQuery(gateway: string) {
  return queryOptions({
    queryKey: ['attention', gateway],
    queryFn: ({ signal }) => call(api.GET('/api/gateways/{gateway}/attention', { params: { path: { gateway } }, signal })),
    refetchInterval: EVERY_MS.slow,
  });
}

interface ExpensiveAsk {
  time: UrlState;
  filters: readonly LogFilter[];
  /** Whether to show what mock models simulate; real money is never mixed with it. */
  isSimulated: boolean;
  rows: number;
}

export function expensiveFilters({ filters, isSimulated }: Pick<ExpensiveAsk, 'filters' | 'isSimulated'>): LogFilter[] {
  return [...filters, { key: 'simulated', operator: 'eq', value: [isSimulated] }, { key: 'cost', operator: 'gt', value: [0] }];
}

export function expensiveQuery(gateway: string, ask: ExpensiveAsk) {
  const { range, start, end } = ask.time;
  return queryOptions({
    queryKey: ['logs', gateway, 'expensive', { range, start, end, filters: ask.filters, isSimulated: ask.isSimulated, rows: ask.rows }],
    queryFn: ({ signal }) => {
      const times = timesOf(ask.time);
      const filters = [
        ...expensiveFilters(ask),
        { key: 'created_at', operator: 'gte', value: [times.start] },
        { key: 'created_at', operator: 'lt', value: [times.end] },
      ];
      const query = { order_by: 'cost', order_by_direction: 'desc', per_page: ask.rows, filters: JSON.stringify(filters) };
      return call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs', {
          params: { path: { account: ACCOUNT, gateway }, query },
          signal,
        }),
      );
    },
    refetchInterval: EVERY_MS.slow,
    placeholderData: keepPreviousData,
  });
}

/** Whether demo traffic is there, from its first row. */
export function demoQuery(gateway: string) {
  return queryOptions({
    queryKey: ['logs', gateway, 'demo'],
    queryFn: async ({ signal }) => {
      const filters = [
        { key: 'simulated', operator: 'eq', value: [true] },
        { key: 'user_agent', operator: 'eq', value: ['waypost-demo'] },
      ];
      const rows = await call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs', {
          params: { path: { account: ACCOUNT, gateway }, query: { per_page: 1, filters: JSON.stringify(filters) } },
          signal,
        }),
      );
      return rows.length > 0;
    },
    staleTime: EVERY_MS.slow,
  });
}

/** Provider keys that are stored; without any, the mock models are what answers. */
export function providersQuery(gateway: string) {
  return queryOptions({
    queryKey: ['provider_configs', gateway],
    queryFn: ({ signal }) =>
      call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs', { params: { path: { account: ACCOUNT, gateway } }, signal })),
    staleTime: EVERY_MS.slow,
  });
}
