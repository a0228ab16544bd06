import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';

import { ApiFailure } from '@/api/client';

/** How often something is asked again while its page is in front. Hidden tabs ask nothing. */
export const EVERY_MS = { live: 2_000, list: 10_000, slow: 30_000 } as const;

const RETRIES_MAX = 5;

/** Never faster than once a second, twice as long each time, and not all dashboards at once. */
export function retryDelayMs(attempt: number): number {
  const base = Math.min(30_000, 1_000 * 2 ** attempt);
  return base + Math.random() * base * 0.5;
}

/** Only where the API was not there; what it answered stays answered. */
export function mayRetry(failures: number, error: unknown): boolean {
  return failures < RETRIES_MAX && error instanceof ApiFailure && error.isUnreachable;
}

/** A session that has ended is noticed by whatever is asked next; the frame then says so and offers to sign in. */
function noticeEnd(error: unknown): void {
  if (error instanceof ApiFailure && error.isSignedOut) void queryClient.invalidateQueries({ queryKey: ['session'] });
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({ onError: noticeEnd }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      gcTime: 5 * 60_000,
      refetchIntervalInBackground: false,
      refetchOnWindowFocus: true,
      retry: mayRetry,
      retryDelay: retryDelayMs,
    },
    mutations: { retry: false },
  },
});
