/** What all charts of a page have in common: the answer, its slots, and where its points lead. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useGatewayId, useTimeZone } from '@/app/gateway';
import { readFilters } from '@/components/FilterBar/filters';
import { logsHref, type LogFilter, type Marker, type Slot } from '@/components/charts';
import type { RangeName } from '@/lib/time';
import { useUrlState } from '@/lib/url-state';

import { slotsOf, type Slots } from './buckets';
import type { Analytics } from './types';
import { analyticsQuery } from './queries';

export interface Charted {
  gateway: string;
  zone: string;
  grouping: string;
  query: UseQueryResult<Analytics>;
  answer: Analytics | undefined;
  slots: Slots;
  markers: Marker[];
  /** The same without what mock models simulate, where custom prices could not be told apart otherwise. */
  real: Analytics | undefined;
  /** The period before, when it is compared. */
  previous: Analytics | undefined;
  /** Logs with the rows of this slot. */
  hrefOfSlot: (slot: Slot, more?: readonly LogFilter[]) => string;
  /** Logs with the rows of everything that is shown. */
  href: (more: readonly LogFilter[] | undefined) => string | undefined;
  onZoom: (start: number, end: number) => void;
}

const NOT_SIMULATED: LogFilter = { key: 'simulated', operator: 'eq', value: [false] };

interface ChartedOptions {
  grouping?: string;
  /** Fetch the totals of the period before. */
  compare?: boolean;
  /** Fetch its buckets too. */
  compareBuckets?: boolean;
  slotsMax?: number;
  /** One bucket over everything. */
  isTotalOnly?: boolean;
  fallback?: RangeName;
}

export function useCharted({ grouping = 'none', compare = false, compareBuckets = false, slotsMax = 96, isTotalOnly = false, fallback }: ChartedOptions): Charted {
  const gateway = useGatewayId();
  const zone = useTimeZone();
  const [search, setSearch] = useUrlState();
  const filters = useMemo(() => readFilters(search.filters), [search.filters]);
  const ask = { gateway, time: search, groupBy: grouping, filters, isTotalOnly, ...(fallback ? { fallback } : {}) };
  const query = useQuery(analyticsQuery({ ...ask, compare }));
  const before = useQuery({ ...analyticsQuery({ ...ask, groupBy: 'none', isPrevious: true }), enabled: compareBuckets });
  const answer = query.data;
  const mixed = answer ? answer.total.simulated_requests > 0 && answer.total.simulated_requests < answer.total.requests && answer.total.cost_custom_usd > 0 : false;
  const real = useQuery({ ...analyticsQuery({ ...ask, filters: [...filters, NOT_SIMULATED] }), enabled: mixed && grouping === 'none' && !isTotalOnly });
  const slots = useMemo(() => (answer ? slotsOf(answer, zone, slotsMax) : { slots: [], indexOf: () => -1 }), [answer, zone, slotsMax]);
  const markers = useMemo(() => (answer?.deployments ?? []).map((one) => ({ ...one, time: Date.parse(one.time) })), [answer]);
  const whole: Slot = answer ? { start: Date.parse(answer.start), end: Date.parse(answer.end) } : { start: 0, end: 0 };
  return {
    gateway,
    zone,
    grouping,
    query,
    answer,
    slots,
    markers,
    real: mixed ? real.data : undefined,
    previous: compareBuckets ? before.data : undefined,
    hrefOfSlot: (slot, more = []) => logsHref(gateway, [...filters, ...more], slot),
    href: (more) => more && logsHref(gateway, [...filters, ...more], whole),
    onZoom: (start, end) => {
      setSearch({ range: undefined, start: new Date(start).toISOString(), end: new Date(end).toISOString() }, { replace: false });
    },
  };
}
