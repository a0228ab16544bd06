import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, call, whole } from '@/api/client';
import type { components } from '@/api/schema';
import { ACCOUNT } from '@/app/gateway';
import { EVERY_MS } from '@/app/queries';
import { pagedQuery } from '@/components/pages';

export type Provider = components['schemas']['ProviderView'];
export type StoredKey = components['schemas']['StoredKeyView'];
export type Price = components['schemas']['PriceView'];
export type NewPrice = components['schemas']['NewPrice'];
export type NewCustomProvider = components['schemas']['NewCustomProvider'];

export function providersQuery(gateway: string) {
  return queryOptions({
    queryKey: ['providers', gateway],
    queryFn: ({ signal }) => call(api.GET('/api/providers', { params: { query: { gateway } as never }, signal })),
    refetchInterval: EVERY_MS.slow,
  });
}

export function seenQuery(gateway: string) {
  return queryOptions({
    queryKey: ['seen', gateway, '24h'],
    queryFn: ({ signal }) => call(api.GET('/api/gateways/{gateway}/seen', { params: { path: { gateway } }, signal })),
    staleTime: EVERY_MS.slow,
  });
}

export function pricesQuery({ search, isOwn }: { search: string; isOwn: boolean }) {
  return pagedQuery<Price>(['prices', search, isOwn], (page, signal) =>
    whole(api.GET('/api/prices', { params: { query: { ...page, ...(search ? { search } : {}), ...(isOwn ? { overridden: true } : {}) } }, signal })),
  );
}

export function useSavePrice() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewPrice) => call(api.PUT('/api/prices', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['prices'] }),
  });
}

export function useRemovePrice() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ provider, model }: { provider: string; model: string }) => call(api.DELETE('/api/prices', { params: { query: { provider, model } } as never })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['prices'] }),
  });
}

export interface KeyTest {
  result: 'works' | 'rejected' | 'unreachable' | 'not_checkable';
  status?: number | null;
  message: string;
}

/** The provider's cheapest authenticated call with a key that is stored, or with one that is not. */
export function testKey(gateway: string, subject: { id: string } | { provider_slug: string; secret: string }): Promise<KeyTest> {
  return call(api.POST('/api/gateways/{gateway}/provider_configs/test', { params: { path: { gateway } }, body: subject as never })) as Promise<KeyTest>;
}

const at = (gateway: string) => ({ path: { account: ACCOUNT, gateway } });

export function useSaveKey(gateway: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, provider, alias, secret, isDefault }: { id?: string | undefined; provider: string; alias: string; secret: string; isDefault: boolean }) =>
      id
        ? call(
            api.PUT('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs/{id}', {
              params: { path: { account: ACCOUNT, gateway, id } },
              body: { secret } as never,
            }),
          )
        : call(
            api.POST('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs', {
              params: at(gateway),
              body: { provider_slug: provider, alias, secret, default_config: isDefault },
            }),
          ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['providers', gateway] }),
  });
}

export function useRemoveKey(gateway: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      call(api.DELETE('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/provider_configs/{id}', { params: { path: { account: ACCOUNT, gateway, id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['providers', gateway] }),
  });
}

export function useCreateProvider(gateway: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewCustomProvider) => call(api.POST('/client/v4/accounts/{account}/ai-gateway/custom-providers', { params: { path: { account: ACCOUNT } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['providers', gateway] }),
  });
}

/** Custom providers are removed by id; everybody else knows them as `custom-<slug>`. */
export function useRemoveProvider(gateway: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (slug: string) => {
      const own = await call(api.GET('/client/v4/accounts/{account}/ai-gateway/custom-providers', { params: { path: { account: ACCOUNT }, query: { per_page: 100 } as never } }));
      const found = (own as { id: string; slug: string }[]).find((provider) => `custom-${provider.slug}` === slug || provider.slug === slug);
      if (!found) return;
      await call(api.DELETE('/client/v4/accounts/{account}/ai-gateway/custom-providers/{id}', { params: { path: { account: ACCOUNT, id: found.id } } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['providers', gateway] }),
  });
}

/** Names of the routes whose flow calls this provider; those that serve are marked. */
export async function routesThatCall(gateway: string, provider: string): Promise<string[]> {
  const found = await call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes', { params: { ...at(gateway), query: { per_page: 100 } as never } })).catch(() => []);
  const routes = found as { name: string; deployment?: unknown; elements: { type?: string; properties?: { provider?: string } }[] }[];
  return routes
    .filter((route) => route.elements.some((element) => element.type === 'model' && element.properties?.provider === provider))
    .map((route) => (route.deployment ? `${route.name} (live)` : route.name));
}
