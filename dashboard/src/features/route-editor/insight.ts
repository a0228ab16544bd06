/** What recent traffic says about a flow: its effect, its saved cases, its counts on the edges. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { EVERY_MS } from '@/app/queries';
import type { LogFilter } from '@/components/charts/logs-link';

import type { RouteDocument } from './model';
import { content } from './model';

export type CaseView = components['schemas']['CaseView'];
export type CaseResult = components['schemas']['CaseResult'];
export type CaseBody = components['schemas']['CaseBody'];

const at = (gateway: string, route: string) => ({ path: { gateway, route } });

/** The newest thousand requests of the route, run through what serves and through this flow. */
export function effectQuery(gateway: string, route: string, document: RouteDocument) {
  return queryOptions({
    queryKey: ['effect', gateway, route, JSON.stringify(content(document))],
    queryFn: ({ signal }) =>
      call(
        api.POST('/api/gateways/{gateway}/routes/{route}/effect', {
          params: at(gateway, route),
          body: { document: content(document) } as never,
          signal,
        }),
      ),
    staleTime: 10_000,
  });
}

export function casesQuery(gateway: string, route: string) {
  return queryOptions({
    queryKey: ['cases', gateway, route],
    queryFn: () => call(api.GET('/api/gateways/{gateway}/routes/{route}/cases', { params: at(gateway, route) })),
    staleTime: 10_000,
  });
}

/** How every saved case goes through this flow. */
export function caseRunQuery(gateway: string, route: string, document: RouteDocument) {
  return queryOptions({
    queryKey: ['cases', gateway, route, 'run', JSON.stringify(content(document))],
    queryFn: ({ signal }) =>
      call(
        api.POST('/api/gateways/{gateway}/routes/{route}/cases/run', {
          params: at(gateway, route),
          body: { document: content(document) } as never,
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Puts the whole list of cases in place of the stored one. */
export function useSaveCases(gateway: string, route: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (cases: CaseBody[]) =>
      call(api.PUT('/api/gateways/{gateway}/routes/{route}/cases', { params: at(gateway, route), body: cases as never })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['cases', gateway, route] }),
  });
}

export type TrafficWindow = '5m' | '1h' | '24h';

/** Counts on edges and nodes, at most once a second; a hidden tab asks nothing. */
export function trafficQuery(gateway: string, route: string, window: TrafficWindow, version: 'live' | 'any', isOn: boolean) {
  return queryOptions({
    queryKey: ['traffic', gateway, route, window, version],
    queryFn: ({ signal }) =>
      call(
        api.GET('/api/gateways/{gateway}/routes/{route}/traffic', {
          params: { ...at(gateway, route), query: { window, version } as never },
          signal,
        }),
      ),
    enabled: isOn,
    refetchInterval: isOn ? EVERY_MS.live : false,
    placeholderData: keepPreviousData,
  });
}

/** One line per change of each version against the one before: one call for the whole list. */
export function changesQuery(gateway: string, route: string) {
  return queryOptions({
    queryKey: ['versions', gateway, route, 'changes'],
    queryFn: () => call(api.GET('/api/gateways/{gateway}/routes/{route}/changes', { params: at(gateway, route) })),
    staleTime: 10_000,
  });
}

/** What requests added up to since a moment; it is taken to its full minute, so that sums answer and no row is read. */
export function sumQuery(gateway: string, key: readonly unknown[], start: number, filters: readonly LogFilter[]) {
  return queryOptions({
    queryKey: ['sum', gateway, ...key],
    queryFn: async ({ signal }) => {
      const query = { start: new Date(start - (start % 60_000)).toISOString(), interval: 'none', filters: JSON.stringify(filters) };
      const { total } = await call(api.GET('/api/gateways/{gateway}/analytics', { params: { path: { gateway }, query }, signal }));
      return total;
    },
  });
}

export const RESULT_WINDOWS = ['1h', '24h', '7d', '30d'] as const;
export type ResultWindow = (typeof RESULT_WINDOWS)[number];

/** How the branches of a split of the version that serves did. */
export function splitsQuery(gateway: string, route: string, node: string, window: string) {
  return queryOptions({
    queryKey: ['splits', gateway, route, node, window],
    queryFn: ({ signal }) =>
      call(api.GET('/api/gateways/{gateway}/routes/{route}/splits', { params: { ...at(gateway, route), query: { node, window } }, signal })),
    refetchInterval: EVERY_MS.slow,
    // Of the same split over another time, never of another split.
    placeholderData: (before, query) => (query?.queryKey[2] === route && query.queryKey[3] === node ? before : undefined),
  });
}
