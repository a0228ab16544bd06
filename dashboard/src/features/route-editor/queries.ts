/** What the editor reads and changes on the server: versions, deployments, comparisons, simulations. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { ACCOUNT } from '@/app/gateway';
import { EVERY_MS } from '@/app/queries';

import type { RouteDocument } from './model';

export type VersionView = components['schemas']['VersionView'];
export type DeploymentView = components['schemas']['DeploymentView'];
export type DiffView = components['schemas']['DiffView'];
export type SimulationView = components['schemas']['SimulationView'];

/** A flow as the server is asked about it: a document, or a version of the route. */
export type Subject = { document: RouteDocument } | { version_id: string } | Record<string, never>;

const path = (gateway: string, route: string) => ({ path: { account: ACCOUNT, gateway, route } });

export function routeQuery(gateway: string, route: string) {
  return queryOptions({
    queryKey: ['route', gateway, route],
    queryFn: () => call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}', { params: path(gateway, route) })),
    staleTime: 5_000,
  });
}

/** The newest hundred versions, newest first. */
export function versionsQuery(gateway: string, route: string) {
  return queryOptions({
    queryKey: ['versions', gateway, route],
    queryFn: async () => {
      const found = await call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions', {
          params: { ...path(gateway, route), query: { per_page: 100 } as never },
        }),
      );
      return [...(found as VersionView[])].sort((a, b) => b.number - a.number);
    },
    refetchInterval: EVERY_MS.list,
  });
}

export function deploymentsQuery(gateway: string, route: string) {
  return queryOptions({
    queryKey: ['deployments', gateway, route],
    queryFn: async () =>
      (await call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/deployments', { params: path(gateway, route) }),
      )) as DeploymentView[],
    refetchInterval: EVERY_MS.list,
  });
}

/** What differs between two flows, as the server sees it; moving nodes is no difference. */
export function diffQuery(gateway: string, route: string, old: Subject, next: Subject) {
  return queryOptions({
    queryKey: ['diff', gateway, route, JSON.stringify(old), JSON.stringify(next)],
    queryFn: ({ signal }) =>
      call(
        api.POST('/api/gateways/{gateway}/routes/diff', {
          params: { path: { gateway } },
          body: { route_id: route, old, new: next } as never,
          signal,
        }),
      ),
    staleTime: 60_000,
  });
}

export interface SimulationAsk {
  document: RouteDocument;
  facts: { metadata: Record<string, unknown>; headers: Record<string, string>; body?: unknown };
  assumptions: { limits: Record<string, string>; splits: Record<string, string>; models: Record<string, string> };
}

export function useSimulation(gateway: string, route: string) {
  return useMutation({
    mutationFn: (ask: SimulationAsk) =>
      call(
        api.POST('/api/gateways/{gateway}/routes/simulate', {
          params: { path: { gateway } },
          body: { route_id: route, ...ask } as never,
        }),
      ),
  });
}

/** Saves a version; the flow stays where it is until it is deployed. */
export function useSaveVersion(gateway: string, route: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ document, comment }: { document: RouteDocument; comment?: string }) =>
      call(
        api.POST('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions', {
          params: path(gateway, route),
          body: { ...document, ...(comment ? { comment } : {}) } as never,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['versions', gateway, route] }),
  });
}

/** Makes a version live: a deploy, or a rollback. The next request sees it. */
export function useDeploy(gateway: string, route: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ versionId, comment, force }: { versionId: string; comment?: string; force?: boolean }) =>
      call(
        api.POST('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/deployments', {
          params: path(gateway, route),
          body: { version_id: versionId, ...(comment ? { comment } : {}), ...(force ? { force } : {}) } as never,
        }),
      ),
    onSuccess: () => {
      for (const key of ['versions', 'deployments', 'route', 'diff', 'routes-summary']) void client.invalidateQueries({ queryKey: [key, gateway] });
    },
  });
}
