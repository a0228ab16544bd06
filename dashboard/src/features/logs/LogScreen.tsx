/** One log as a page of its own. */
import { ActionIcon, Anchor, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useShortcuts } from '@/app/shortcuts';
import { addFilter, ValueMenuProvider } from '@/components/FilterBar';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { logsText } from '@/text/logs';
import { shell } from '@/text/shell';

import { apiFilters, filtersInUrl, listOnly, readLogsState, windowOf } from './address';
import { Details, DetailsFailed, DetailsLoading } from './details/Details';
import { LogHead } from './details/LogHead';
import classes from './LogScreen.module.css';
import { listLogs, logQuery, serverNow } from './queries';

const text = logsText.details;

export function LogScreen() {
  const gateway = useGatewayId();
  const { log: id = '' } = useParams({ strict: false }) as { log?: string };
  const [url, setUrl] = useUrlState();
  const navigate = useNavigate();
  const state = useMemo(() => readLogsState(url), [url]);
  const log = useQuery(logQuery(gateway, id));
  const list = listOnly(url);
  useCrumbs(
    <>
      <Link className={classes.crumb} to={`/g/${encodeURIComponent(gateway)}/logs` as string} search={list as never}>
        {logsText.title}
      </Link>
      <span aria-hidden className={classes.slash}>
        /
      </span>
      <span>{text.label}</span>
    </>,
  );

  /** The neighbour in the filtered list: asked for when it is wanted, not before. */
  const walk = async (isOlder: boolean) => {
    const at = log.data?.created_at;
    if (!at) return;
    const beside = { key: 'created_at', operator: isOlder ? ('lte' as const) : ('gte' as const), value: [at] };
    const filters = [...apiFilters(state.filters, windowOf(state, serverNow())), beside];
    const { rows } = await listLogs(gateway, { filters, search: state.search, order: { by: 'created_at', isDescending: isOlder }, perPage: 10 });
    const next = rows[rows.findIndex((row) => row.id === id) + 1];
    if (next && next.id !== id) void navigate({ to: '/g/$gw/logs/$log' as string, params: { gw: gateway, log: next.id } as never, search: url as never });
  };
  const back = () => void navigate({ to: '/g/$gw/logs' as string, params: { gw: gateway } as never, search: { ...list, log: id } as never });
  useShortcuts(text.label, [
    { keys: 'j', label: shell.shortcuts.rows, run: () => void walk(true) },
    { keys: 'k', label: shell.shortcuts.rows, run: () => void walk(false) },
    { keys: 'Escape', label: text.back, run: back },
  ]);
  useReady(!log.isPending);

  const buttons = (
    <>
      <Tooltip label={text.previous}>
        <ActionIcon aria-label={text.previous} onClick={() => void walk(false)}>
          <IconChevronUp size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={text.next}>
        <ActionIcon aria-label={text.next} onClick={() => void walk(true)}>
          <IconChevronDown size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
    </>
  );
  return (
    <ValueMenuProvider
      onFilter={(filter) => void navigate({ to: '/g/$gw/logs' as string, params: { gw: gateway } as never, search: { ...list, ...filtersInUrl(addFilter(state.filters, filter)) } as never })}
    >
      <div className={classes.page}>
        <Anchor component={Link} size="sm" {...({ to: '/g/$gw/logs', params: { gw: gateway }, search: { ...list, log: id } } as object)}>
          {text.back}
        </Anchor>
        <h1 className={classes.title}>{text.label}</h1>
        <div className={classes.card}>
          <LogHead gateway={gateway} id={id} log={log.data} buttons={buttons} isPage />
          {log.isPending ? <DetailsLoading /> : null}
          {log.isError ? <DetailsFailed error={log.error} onRetry={() => void log.refetch()} /> : null}
          {log.data ? <Details key={id} gateway={gateway} log={log.data} tab={url.tab} onTab={(tab) => setUrl({ tab })} /> : null}
        </div>
      </div>
    </ValueMenuProvider>
  );
}
