/** Is the gateway serving, and can the dashboard reach it? */
import { useQuery } from '@tanstack/react-query';

import { EVERY_MS } from './queries';

export type Health = 'checking' | 'serving' | 'degraded' | 'offline';

/** Asked every ten seconds while the tab is in front; when it fails, less and less often, never faster than once a second. */
export function useHealth(): { health: Health; retryAtMs: number | null; tryNow: () => void } {
  const { data, isPending, failureCount, errorUpdatedAt, refetch } = useQuery({
    queryKey: ['health'],
    queryFn: async ({ signal }) => {
      const response = await fetch('/readyz', { signal });
      // Read to its end: an answer that nobody reads keeps its connection.
      await response.text();
      if (response.status === 502 || response.status === 504) throw new Error('unreachable');
      return response.ok;
    },
    retry: false,
    refetchInterval: (query) => (query.state.status === 'error' ? backoffMs(query.state.errorUpdateCount) : EVERY_MS.list),
    staleTime: 0,
  });
  const tryNow = () => void refetch();
  if (failureCount > 0 || (data === undefined && !isPending)) {
    return { health: 'offline', retryAtMs: errorUpdatedAt + backoffMs(1), tryNow };
  }
  if (isPending) return { health: 'checking', retryAtMs: null, tryNow };
  return { health: data ? 'serving' : 'degraded', retryAtMs: null, tryNow };
}

/** 5 s, then longer, up to 30 s. */
export function backoffMs(failures: number): number {
  return Math.min(30_000, 5_000 * 1.5 ** Math.max(0, failures - 1));
}
