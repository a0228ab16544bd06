/** Live tail: asks at most every 2 s, only while this tab is in front. What is new waits until somebody wants it. */
import { Button, Tooltip } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { EVERY_MS } from '@/app/queries';
import { logsText as text } from '@/text/logs';

import { apiFilters, type LogsState } from './address';
import { listLogs, ROWS_PER_PAGE, serverNow, type LogsPage } from './queries';

/** Requests that began before the list was read and ended after it are new too. */
const LATE_MS = 5 * 60_000;

export interface Tail {
  fresh: number;
  /** There are more than were counted. */
  isMore: boolean;
}

export function useTail(gateway: string, state: LogsState, page: LogsPage | undefined): Tail {
  const isPossible = state.tail && state.order.by === 'created_at' && state.order.isDescending && state.page === 1 && !state.end && page !== undefined;
  const { data } = useQuery({
    queryKey: ['logs-tail', gateway, state.filters, state.search, page?.now],
    queryFn: ({ signal }) => {
      const start = new Date((page?.now ?? serverNow()) - LATE_MS);
      return listLogs(gateway, { filters: apiFilters(state.filters, { start, end: undefined }), search: state.search, order: state.order }, signal);
    },
    enabled: isPossible,
    refetchInterval: EVERY_MS.live,
    refetchIntervalInBackground: false,
    staleTime: 0,
    gcTime: 0,
  });
  if (!isPossible || !data) return { fresh: 0, isMore: false };
  return freshOf(page, data);
}

/** Rows that the list does not have. Rows older than a full page would stand on later pages, so they are not new. */
export function freshOf(page: Pick<LogsPage, 'rows'>, found: Pick<LogsPage, 'rows'>): Tail {
  const known = new Set(page.rows.map(({ id }) => id));
  const oldest = page.rows.length >= ROWS_PER_PAGE ? (page.rows.at(-1)?.created_at ?? '') : '';
  const fresh = found.rows.filter((row) => !known.has(row.id) && row.created_at >= oldest).length;
  return { fresh, isMore: fresh > 0 && fresh === found.rows.length && fresh >= ROWS_PER_PAGE };
}

export function TailButton({ isOn, onToggle }: { tail: Tail; isOn: boolean; onToggle: () => void }) {
  return (
    <Tooltip label={isOn ? text.tail.isOn : text.tail.hint}>
      <Button
        aria-pressed={isOn}
        leftSection={isOn ? <IconPlayerPause size={14} stroke={1.75} /> : <IconPlayerPlay size={14} stroke={1.75} />}
        onClick={onToggle}
        style={isOn ? { background: 'var(--wp-accent-soft)', color: 'var(--wp-accent-text)', borderColor: 'var(--wp-accent-line)' } : undefined}
      >
        {text.tail.start}
      </Button>
    </Tooltip>
  );
}
