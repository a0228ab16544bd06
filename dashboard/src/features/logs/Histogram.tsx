/** Requests over time by how they ended, of exactly the rows below. Dragging zooms. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import { useTimeZone } from '@/app/gateway';
import { Legend, LOOKS, StackedBars, type Series, type Slot } from '@/components/charts';
import { Skeleton } from '@/components/States';
import { slotsOf, sums } from '@/features/analytics/buckets';
import { count } from '@/lib/number';
import { logsText as text } from '@/text/logs';

import type { LogsState } from './address';
import classes from './Histogram.module.css';
import type { ListedPage } from './queries';

type Interval = 'minute' | '5m' | '15m' | 'hour' | 'day';

const INTERVALS: [name: Interval, ms: number][] = [
  ['minute', 60_000],
  ['5m', 300_000],
  ['15m', 900_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
];
const BARS_MAX = 180;
const HEIGHT = 112;

/** The finest interval that leaves every bar wide enough to be seen. */
export function intervalFor(ms: number): Interval {
  return INTERVALS.find(([, step]) => ms / step <= BARS_MAX)?.[0] ?? 'day';
}

interface Counted {
  answered?: number;
  limited?: number;
  failed?: number;
  interrupted?: number;
}

interface AnalyticsAnswer {
  series: { key: string; buckets: ({ time: string } & Counted)[] }[];
  total: Counted;
  deployments?: { time: string; route: string; version: number }[];
  start: string;
  end: string;
  interval: string;
}

const LOOK_OF = { answered: LOOKS.answered, limited: LOOKS.limited, failed: LOOKS.failed, interrupted: { color: 'var(--wp-chart-6)', pattern: 'dots' as const } };
const ENDINGS = ['answered', 'limited', 'failed', 'interrupted'] as const;

interface HistogramProps {
  gateway: string;
  state: LogsState;
  /** The list that it stands above: it is asked first, so that both count the same time. */
  page: ListedPage | undefined;
  onZoom: (start: string, end: string) => void;
}

export function Histogram({ gateway, state, page, onZoom }: HistogramProps) {
  const zone = useTimeZone();
  const { start = new Date(0), end } = page?.window ?? {};
  const until = end ?? new Date(page?.now ?? 0);
  const interval = intervalFor(until.getTime() - start.getTime());
  const query = useQuery({
    queryKey: ['logs-histogram', gateway, state.filters, state.search, start.getTime(), until.getTime()],
    queryFn: ({ signal }) =>
      call(
        api.GET('/api/gateways/{gateway}/analytics' as never, {
          params: {
            path: { gateway },
            query: { start: start.toISOString(), end: until.toISOString(), interval, group_by: 'none', filters: JSON.stringify(state.filters), ...(state.search ? { search: state.search } : {}) },
          },
          signal,
        } as never),
      ) as Promise<AnalyticsAnswer>,
    enabled: page !== undefined && state.page === 1,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  });
  // No rows, no bars.
  if (page?.total === 0) return null;
  if (query.isError && !query.data) {
    return (
      <div className={classes.box}>
        <p className={classes.failed} role="status">
          {text.histogram.failed}
        </p>
      </div>
    );
  }
  if (!query.data) {
    return (
      <div className={classes.box} role="status" aria-label={text.histogram.loading}>
        <Skeleton height={HEIGHT + 24} />
      </div>
    );
  }
  const { slots, series, total } = shapeOf(query.data, zone);
  const markers = (query.data.deployments ?? []).map(({ time, route, version }) => ({ time: new Date(time).getTime(), route, version }));
  return (
    <div className={classes.box}>
      <StackedBars
        label={text.histogram.label}
        slots={slots}
        zone={zone}
        height={HEIGHT}
        markers={markers}
        series={series}
        onZoom={(from, to) => onZoom(new Date(from).toISOString(), new Date(to).toISOString())}
      />
      <Legend items={series.map(({ key, label, look }) => ({ key, label, look, value: count(total[key as keyof Counted] ?? 0) }))} />
    </div>
  );
}

/** Bars without holes: the API leaves out what counts nothing. */
function shapeOf(answer: AnalyticsAnswer, zone: string): { slots: Slot[]; series: Series[]; total: Counted } {
  const { series, total } = answer;
  const laid = slotsOf(answer, zone, BARS_MAX);
  const buckets = (series[0]?.buckets ?? []) as unknown as Parameters<typeof sums>[0];
  // What never happened needs no entry, apart from what a reader looks for first.
  const shown = ENDINGS.filter((key) => key === 'answered' || key === 'limited' || key === 'failed' || (total[key] ?? 0) > 0);
  return {
    slots: laid.slots,
    total,
    series: shown.map((key) => ({ key, label: text.endings[key], look: LOOK_OF[key], values: sums(buckets, laid, (bucket) => (bucket as unknown as Counted)[key] ?? 0), heightMin: 3 })),
  };
}
