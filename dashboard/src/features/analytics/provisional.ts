/** Shapes of answers until they are in the API's own document; replaced by the generated types then. */
import { ApiFailure, failure, sessionHeaders } from '@/api/client';

export interface Quantiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface Measures {
  requests: number;
  answered: number;
  limited: number;
  failed: number;
  interrupted: number;
  rescued_retry: number;
  rescued_fallback: number;
  redirected: number;
  attempts: number;
  tokens_in: number;
  tokens_out: number;
  tokens_cache_read: number;
  cost_usd: number;
  cost_custom_usd: number;
  requests_without_price: number;
  cached: number;
  simulated_requests: number;
  simulated_cost_usd: number;
  simulated_cost_custom_usd?: number;
  duration_ms?: Quantiles | null;
  first_token_ms?: Quantiles | null;
}

export interface Analytics {
  start: string;
  end: string;
  interval: string;
  time_zone: string;
  group_by: string;
  series: { key: string; label: string; buckets: (Measures & { time: string })[]; total: Measures }[];
  total: Measures;
  previous?: Measures | null;
  complete_since?: string | null;
  source: string;
  deployments: { time: string; route: string; version: number }[];
}

export async function provisional<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, headers: { 'content-type': 'application/json', ...sessionHeaders() } }).catch(() => {
    throw new ApiFailure(0, undefined, "Can't reach the admin API. Traffic is not affected.", undefined);
  });
  const body = (await response.json().catch(() => undefined)) as { result: T } | undefined;
  if (!response.ok) throw failure(response, body);
  return body!.result;
}
