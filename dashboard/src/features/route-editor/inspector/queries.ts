/** What the inspector and the cards ask the gateway for beside the document: seen traffic, providers, prices, counters. */
import { queryOptions, useQuery } from '@tanstack/react-query';

import { api, call, failure, sessionHeaders, whole } from '@/api/client';
import { useGatewayId } from '@/app/gateway';
import { EVERY_MS } from '@/app/queries';
import { own } from '../model/own';

export interface Seen {
  requests: number;
  metadata: { key: string; share: number; values: { value: string; count: number }[] }[];
  models: { provider: string; model: string; requests: number; has_price: boolean }[];
  users?: string[];
}

export interface ProviderInfo {
  slug: string;
  name: string;
  mock: boolean;
  custom: boolean;
  enabled: boolean;
  compat: boolean;
  key_state: string;
  keys: { id: string; alias: string; default_config: boolean; state: string; secret_preview: string }[];
}

export interface Price {
  provider: string;
  model: string;
  input_per_million: number;
  output_per_million: number;
  context_tokens_max?: number | null;
  overridden: boolean;
  simulated: boolean;
}

export interface Bucket {
  key: string;
  used: number;
  reserved: number;
  resets_at: string | null;
  frees_at: string | null;
}

export interface Buckets {
  node: string;
  kind: 'count' | 'cost';
  limit: number;
  as_of: string;
  total: number;
  buckets: Bucket[];
}

/** Answers of the management API in its envelope, by address. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = { ...sessionHeaders(), ...(init.body === undefined ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch(path, { credentials: 'same-origin', ...init, headers });
  const body = (await response.json().catch(() => null)) as { result?: T } | null;
  if (!response.ok) throw failure(response, body);
  return body?.result as T;
}

function seenQuery(gateway: string) {
  return queryOptions({
    queryKey: ['seen', gateway],
    queryFn: () => ask<Seen>(`/api/gateways/${encodeURIComponent(gateway)}/seen?window=24h`),
    staleTime: 60_000,
    retry: false,
  });
}

/** Undefined while it is not known what was seen: not the same as nothing. */
export function useSeen(): Seen | undefined {
  return useQuery(seenQuery(useGatewayId())).data;
}

export function providersQuery(gateway: string) {
  return queryOptions({
    queryKey: ['editor-providers', gateway],
    queryFn: async () => (await call(api.GET('/api/providers', { params: { query: { gateway } } }))) as unknown as ProviderInfo[],
    staleTime: EVERY_MS.slow,
  });
}

export function useProviders(): ProviderInfo[] | undefined {
  return useQuery(providersQuery(useGatewayId())).data;
}

const PAGES_MAX = 10;

/** Every price of one provider: it is a few pages at most, and one call for all cards of that provider. */
function pricesQuery(provider: string) {
  return queryOptions({
    queryKey: ['editor-prices', provider],
    queryFn: async () => {
      const found: Price[] = [];
      for (let page = 1; page <= PAGES_MAX; page += 1) {
        const answer = await whole(api.GET('/api/prices', { params: { query: { provider, page, per_page: 100 } } }));
        found.push(...((answer.result ?? []) as unknown as Price[]));
        const total = (answer.result_info as { total_count?: number } | undefined)?.total_count ?? 0;
        if (found.length >= total) break;
      }
      return found;
    },
    staleTime: EVERY_MS.slow,
    enabled: provider !== '',
  });
}

export function usePrices(provider: string): Price[] | undefined {
  return useQuery(pricesQuery(provider)).data;
}

/** The price of a model: null when there is none, undefined while that is not known. */
export function usePrice(provider: string, model: string): Price | null | undefined {
  const prices = usePrices(provider);
  if (prices === undefined || model === '') return undefined;
  return prices.find((price) => price.model === model) ?? null;
}

export type KeyState = 'works' | 'rejected' | 'not_checked' | 'missing' | 'mock';

/** Which key a model node would be called with. Undefined while that is not known. */
export function useKeyState(provider: string, alias: string | undefined): { state: KeyState; alias: string | null } | undefined {
  const providers = useProviders();
  const info = providers?.find((entry) => entry.slug === provider);
  if (info === undefined) return undefined;
  if (info.mock) return { state: 'mock', alias: null };
  const key = alias === undefined ? (info.keys.find((entry) => entry.default_config) ?? info.keys[0]) : info.keys.find((entry) => entry.alias === alias);
  return key === undefined ? { state: 'missing', alias: alias ?? null } : { state: readState(key.state), alias: key.alias };
}

const STATES: Readonly<Record<string, KeyState>> = { works: 'works', ok: 'works', rejected: 'rejected' };

function readState(state: string): KeyState {
  return own(STATES, state) ?? 'not_checked';
}

export function bucketsQuery(gateway: string, route: string, node: string) {
  return queryOptions({
    queryKey: ['buckets', gateway, route, node],
    queryFn: () => ask<Buckets>(`${routePath(gateway, route)}/buckets?node=${encodeURIComponent(node)}`),
    refetchInterval: EVERY_MS.live,
    retry: false,
  });
}

export function resetBucket(gateway: string, route: string, node: string, key: string): Promise<unknown> {
  return ask(`${routePath(gateway, route)}/buckets/reset`, { method: 'POST', body: JSON.stringify({ node, key }) });
}

export interface Dismissal {
  code: string;
  node: string | null;
  reason: string;
  by?: string;
  at?: string;
}

export function dismissalsQuery(gateway: string, route: string) {
  return queryOptions({
    queryKey: ['dismissals', gateway, route],
    queryFn: () => ask<Dismissal[]>(`${routePath(gateway, route)}/dismissals`),
    staleTime: EVERY_MS.slow,
    retry: false,
  });
}

export function putDismissals(gateway: string, route: string, dismissals: readonly Dismissal[]): Promise<unknown> {
  return ask(`${routePath(gateway, route)}/dismissals`, { method: 'PUT', body: JSON.stringify(dismissals) });
}

function routePath(gateway: string, route: string): string {
  return `/api/gateways/${encodeURIComponent(gateway)}/routes/${encodeURIComponent(route)}`;
}
