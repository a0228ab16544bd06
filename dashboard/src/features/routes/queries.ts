import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { ACCOUNT } from '@/app/gateway';
import { EVERY_MS } from '@/app/queries';
import type { RouteDocument } from '@/features/route-editor/model';

export type RouteSummary = components['schemas']['RouteSummary'];

/** Every route with what serves, what its draft changes, what is wrong and how the last day went: one call. */
export function summaryQuery(gateway: string) {
  return queryOptions({
    queryKey: ['routes-summary', gateway],
    queryFn: ({ signal }) => call(api.GET('/api/gateways/{gateway}/routes-summary', { params: { path: { gateway } }, signal })),
    refetchInterval: EVERY_MS.slow,
  });
}

/** A route that has only a draft yet. */
export function useCreateRoute(gateway: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, document }: { name: string; document: RouteDocument }) =>
      call(api.POST('/api/gateways/{gateway}/drafts', { params: { path: { gateway } }, body: { name, document } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['routes-summary', gateway] }),
  });
}

export function useDeleteRoute(gateway: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (route: string) =>
      call(api.DELETE('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}', { params: { path: { account: ACCOUNT, gateway, route } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['routes-summary', gateway] }),
  });
}

/** The flow of a route, for a copy or a file: its draft where it has one, otherwise what serves. */
export async function documentOf(gateway: string, route: string): Promise<RouteDocument> {
  const draft = await call(api.GET('/api/gateways/{gateway}/routes/{route}/draft', { params: { path: { gateway, route } } })).catch(() => null);
  const stored = (draft?.document ?? null) as (RouteDocument & { layout?: unknown }) | null;
  if (stored) return { elements: stored.elements };
  const found = await call(
    api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}', { params: { path: { account: ACCOUNT, gateway, route } } }),
  );
  return { elements: found.elements as unknown as RouteDocument['elements'] };
}

/** A document in any known spelling, read by the server; what it says when it cannot. */
export async function readDocument(gateway: string, text: string): Promise<RouteDocument> {
  const found = await call(
    api.POST('/api/gateways/{gateway}/routes/validate', { params: { path: { gateway } }, body: JSON.parse(text) as never }),
  );
  if (!found.document) throw new Error((found.problems[0] as { message?: string } | undefined)?.message ?? '');
  return { elements: (found.document as unknown as RouteDocument).elements };
}
