/** Every state has an address: what a screen shows is read from the search part of the URL and written back to it. */
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

export type UrlState = Record<string, string | undefined>;

/** `?a=b&c=d` as texts, without the quotes that JSON would put around numbers. */
export function parseSearch(search: string): UrlState {
  return Object.fromEntries(new URLSearchParams(search));
}

/** The other way round; what is empty is left out. */
export function stringifySearch(state: Record<string, unknown>): string {
  const entries = Object.entries(state).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(entries.map(([key, value]): [string, string] => [key, String(value)])).toString();
  return text ? `?${text}` : '';
}

/** The state in the address, and a function that changes parts of it (`undefined` removes). */
export function useUrlState(): [UrlState, (change: UrlState, options?: { replace?: boolean }) => void] {
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const navigate = useNavigate();
  const state = useMemo(() => parseSearch(search), [search]);
  const set = useCallback(
    (change: UrlState, options?: { replace?: boolean }) => {
      void navigate({ to: '.', search: ((before: UrlState) => ({ ...before, ...change })) as never, replace: options?.replace ?? true });
    },
    [navigate],
  );
  return [state, set];
}
