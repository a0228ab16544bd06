/** Who is signed in, and the ways out. */
import { queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';

import { api, call, setCsrfToken } from '@/api/client';

export type Role = 'viewer' | 'editor' | 'admin';

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2 };

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => {
    const session = await call(api.GET('/api/session'));
    setCsrfToken(session.csrf_token ?? null);
    return session;
  },
  staleTime: 60_000,
});

export function useSession() {
  return useSuspenseQuery(sessionQuery).data;
}

/** May the signed-in user do what needs this role? */
export function useMay(role: Role): boolean {
  const { user } = useSession();
  return user ? RANK[user.role as Role] >= RANK[role] : false;
}

/** Signs out here, or everywhere. */
export function useSignOut(): (everywhere: boolean) => Promise<void> {
  const client = useQueryClient();
  return async (everywhere) => {
    await (everywhere ? call(api.DELETE('/api/session/all')) : call(api.DELETE('/api/session'))).catch(() => undefined);
    setCsrfToken(null);
    client.clear();
    window.location.assign('/sign-in');
  };
}
