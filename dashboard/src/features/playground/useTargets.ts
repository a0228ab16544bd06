/** What can be called: dynamic routes, and models of providers that are ready. */
import { useQueries, useQuery } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import { ACCOUNT } from '@/app/gateway';

export interface RouteTarget {
  id: string;
  name: string;
  /** Undefined: never deployed. */
  liveVersion: number | undefined;
}

export interface ProviderTarget {
  slug: string;
  name: string;
  isMock: boolean;
  models: string[];
}

export interface Targets {
  routes: RouteTarget[];
  providers: ProviderTarget[];
  isPending: boolean;
  error: unknown;
  refetch: () => void;
}

interface RouteView {
  id: string;
  name: string;
  version?: { number: number; active?: boolean } | null;
  deployment?: unknown;
}

interface ProviderView {
  slug: string;
  name: string;
  mock: boolean;
  enabled: boolean;
  key_state: string;
  custom: boolean;
}

const MODELS_MAX = 100;

export function useTargets(gateway: string): Targets {
  const routes = useQuery({
    queryKey: ['playground-routes', gateway],
    queryFn: async () => {
      const found = await call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes', { params: { path: { account: ACCOUNT, gateway }, query: { per_page: 100 } as never } }));
      return (found as unknown as RouteView[]).map(
        ({ id, name, version, deployment }): RouteTarget => ({ id, name, liveVersion: deployment && version ? version.number : undefined }),
      );
    },
    staleTime: 10_000,
  });
  const providers = useQuery({
    queryKey: ['playground-providers', gateway],
    queryFn: async () => (await call(api.GET('/api/providers', { params: { query: { gateway } as never } }))) as unknown as ProviderView[],
    staleTime: 30_000,
  });
  const ready = (providers.data ?? []).filter(({ mock, custom, enabled, key_state: key }) => enabled && (mock || custom || key !== 'missing'));
  const models = useQueries({
    queries: ready.map(({ slug }) => ({
      queryKey: ['playground-models', slug],
      queryFn: async () => {
        const prices = (await call(api.GET('/api/prices', { params: { query: { provider: slug, per_page: MODELS_MAX } as never } }))) as unknown as { model: string }[];
        return prices.map(({ model }) => model);
      },
      staleTime: 5 * 60_000,
    })),
  });
  return {
    routes: routes.data ?? [],
    providers: ready.map(({ slug, name, mock }, index) => ({ slug, name, isMock: mock, models: models[index]?.data ?? [] })).sort((one, other) => Number(one.isMock) - Number(other.isMock)),
    isPending: routes.isPending || providers.isPending,
    error: routes.error ?? providers.error,
    refetch: () => {
      void routes.refetch();
      void providers.refetch();
    },
  };
}

/** Numbers of a route's versions, newest first; asked for when somebody pins one. */
export function useVersionNumbers(gateway: string, route: string | undefined, isWanted: boolean): number[] {
  const { data } = useQuery({
    queryKey: ['playground-versions', gateway, route],
    queryFn: async () => {
      const found = await call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes/{route}/versions', { params: { path: { account: ACCOUNT, gateway, route: route! } } }),
      );
      return (found as unknown as { number: number }[]).map(({ number }) => number).sort((one, other) => other - one);
    },
    enabled: isWanted && route !== undefined,
    staleTime: 10_000,
  });
  return data ?? [];
}
