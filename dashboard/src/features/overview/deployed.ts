/** What went live, newest first: the live version of each route, and what was live before within the range. */
import type { components } from '@/api/schema';
import type { Analytics } from '@/features/analytics/types';

type RouteSummary = components['schemas']['RouteSummary'];

export interface Deployed {
  route: string;
  version: number;
  at: string;
  by: string | undefined;
  isLive: boolean;
}

export function deployedOf(routes: readonly RouteSummary[], markers: Analytics['deployments']): Deployed[] {
  const live = routes.flatMap((route): Deployed[] =>
    route.live_version && route.deployed_at
      ? [{ route: route.name, version: route.live_version, at: route.deployed_at, by: route.deployed_by ?? undefined, isLive: true }]
      : [],
  );
  const isListed = (marker: Analytics['deployments'][number]) =>
    live.some((one) => one.route === marker.route && one.version === marker.version && Math.abs(Date.parse(one.at) - Date.parse(marker.time)) < 1_000);
  const earlier = markers.filter((marker) => !isListed(marker)).map((marker): Deployed => ({ route: marker.route, version: marker.version, at: marker.time, by: undefined, isLive: false }));
  return [...live, ...earlier].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}
