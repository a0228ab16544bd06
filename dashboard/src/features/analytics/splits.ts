/** Splits of the routes that serve, and how far back their results are counted. */
import { queryOptions } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import { ACCOUNT } from '@/app/gateway';
import type { LogFilter } from '@/components/charts';
import { titleOf, type RouteElement } from '@/features/route-editor/model';
import { RANGES } from '@/lib/time';
import type { UrlState } from '@/lib/url-state';

export interface LiveSplit {
  /** In the address and in menus: `<route>:<node>`. */
  key: string;
  routeId: string;
  route: string;
  /** What the editor calls it. */
  title: string;
  element: RouteElement;
}

/** A route as the list of routes has it, as far as it is read here. */
export interface ListedRoute {
  id: string;
  name: string;
  elements: unknown;
  version?: { active?: boolean } | null;
  deployment?: unknown;
}

const PAGE = 100;

/** Every split of a version that serves: one call for a hundred routes. */
export function splitsOfRoutesQuery(gateway: string) {
  return queryOptions({
    queryKey: ['live-splits', gateway],
    queryFn: async ({ signal }) => {
      const found: ListedRoute[] = [];
      for (let page = 1; found.length === (page - 1) * PAGE; page += 1) {
        const query = { per_page: PAGE, page } as never;
        const listed = await call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes', { params: { path: { account: ACCOUNT, gateway }, query }, signal }));
        found.push(...(listed as unknown as ListedRoute[]));
      }
      return splitsOf(found);
    },
    staleTime: 30_000,
  });
}

export function splitsOf(routes: readonly ListedRoute[]): LiveSplit[] {
  return routes
    .filter(({ deployment, version }) => deployment && version?.active)
    .flatMap(({ id, name, elements }) => {
      const document = { elements: elements as RouteElement[] };
      const splits = document.elements.filter(({ type }) => type === 'percentage');
      return splits.map((element) => ({ key: `${name}:${element.id}`, routeId: id, route: name, title: titleOf(document, element.id), element }));
    });
}

/** Those of the routes that the page is filtered by; all, where it is filtered by no route. */
export function splitsShown(splits: readonly LiveSplit[], filters: readonly LogFilter[]): LiveSplit[] {
  const named = filters.find(({ key, operator }) => key === 'route' && operator === 'eq')?.value.map(String);
  return splits.filter(({ route, routeId }) => named === undefined || named.includes(route) || named.includes(routeId));
}

const MINUTE_MS = 60_000;
const DAYS_MAX = 31;

/** Results are counted from some time on up to now: the page's range, or since the start of a range of its own. */
export function windowOf(time: UrlState, now: number): string {
  const start = time.start ? Date.parse(time.start) : Number.NaN;
  if (!Number.isFinite(start)) return RANGES.find(({ name }) => name === time.range)?.name ?? '24h';
  const minutes = Math.max(1, Math.ceil((now - start) / MINUTE_MS));
  return `${Math.min(minutes, DAYS_MAX * 24 * 60)}m`;
}
