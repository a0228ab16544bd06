import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import { EVERY_MS } from '@/app/queries';
import type { LogFilter } from '@/components/charts';
import { rangeOf, type RangeName } from '@/lib/time';
import type { UrlState } from '@/lib/url-state';

import { intervalFor } from './buckets';

export interface AnalyticsAsk {
  gateway: string;
  /** `range`, or `start` and `end`, as they stand in the address. */
  time: UrlState;
  groupBy?: string;
  filters?: readonly LogFilter[];
  /** One bucket over everything, where only totals are shown. */
  isTotalOnly?: boolean;
  compare?: boolean;
  /** The period before, of the same length. */
  isPrevious?: boolean;
  fallback?: RangeName;
}

/** Buckets and totals; a range back from now moves on with every refresh. */
export function analyticsQuery({ gateway, time, groupBy = 'none', filters = [], isTotalOnly, compare, isPrevious, fallback }: AnalyticsAsk) {
  const { range, start, end } = time;
  return queryOptions({
    queryKey: ['analytics', gateway, { range, start, end, groupBy, filters, isTotalOnly, compare, isPrevious, fallback }],
    queryFn: ({ signal }) => {
      const now = rangeOf(time, Date.now(), fallback);
      const length = now.end.getTime() - now.start.getTime();
      const back = isPrevious ? length : 0;
      const query = {
        start: new Date(now.start.getTime() - back).toISOString(),
        end: new Date(now.end.getTime() - back).toISOString(),
        interval: isTotalOnly ? 'none' : intervalFor(length),
        group_by: groupBy,
        filters: filters.length ? JSON.stringify(filters) : undefined,
        compare: compare ? true : undefined,
      };
      return call(api.GET('/api/gateways/{gateway}/analytics', { params: { path: { gateway }, query }, signal }));
    },
    refetchInterval: EVERY_MS.slow,
    placeholderData: keepPreviousData,
  });
}

/** Metadata keys of the last day, for the menu. */
export function seenQuery(gateway: string) {
  return queryOptions({
    queryKey: ['seen', gateway, '24h'],
    queryFn: ({ signal }) => call(api.GET('/api/gateways/{gateway}/seen', { params: { path: { gateway }, query: { window: '24h' } }, signal })),
    staleTime: 60_000,
  });
}
