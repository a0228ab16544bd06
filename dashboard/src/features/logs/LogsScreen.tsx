/** Logs: a bar that is the address, what happened over time, the rows, and one of them beside them. */
import { Button } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useShortcuts } from '@/app/shortcuts';
import { addFilter, FilterBar, ValueMenuProvider, type Filter } from '@/components/FilterBar';
import { RangePicker } from '@/components/RangePicker';
import { Failed, Refreshing, SkeletonRows } from '@/components/States';
import { useReady } from '@/lib/ready';
import { RANGES } from '@/lib/time';
import { useUrlState } from '@/lib/url-state';
import { logsText as text } from '@/text/logs';
import { shell } from '@/text/shell';

import { filtersInUrl, FIRST_PAGE, listOnly, orderInUrl, readLogsState } from './address';
import { fittingColumns } from './columns';
import { LogPanel } from './details/LogPanel';
import { NoLogs, NoMatches } from './Empty';
import { LOG_FIELDS } from './fields';
import { Histogram } from './Histogram';
import { LogTable } from './LogTable';
import classes from './LogsScreen.module.css';
import { MoreMenu } from './MoreMenu';
import { Pager } from './Pager';
import { useColumns, useDensity } from './preferences';
import { ROWS_PER_PAGE, useLogsPage, useSuggestions, useVersions } from './queries';
import { TailButton, useTail } from './tail';
import { ViewMenu } from './ViewMenu';
import { ViewsMenu } from './ViewsMenu';

/** Narrower than this, rows are cards. */
const CARDS_BELOW_PX = 560;

export function LogsScreen() {
  useCrumbs(text.title);
  const gateway = useGatewayId();
  const [url, setUrl] = useUrlState();
  const navigate = useNavigate();
  const client = useQueryClient();
  const state = useMemo(() => readLogsState(url), [url]);
  const [asOf, setAsOf] = useState(() => Date.now());
  const [isBarUsed, setBarUsed] = useState(false);
  const page = useLogsPage(gateway, state, asOf);
  const rows = useMemo(() => page.data?.rows ?? [], [page.data]);
  const documents = useVersions(gateway, rows);
  const suggestions = useSuggestions(gateway, isBarUsed);
  const [columns, setColumns] = useColumns();
  const [density, setDensity] = useDensity();
  const { ref, width } = useElementSize<HTMLDivElement>();
  const tail = useTail(gateway, state, page.data);
  const asCards = width > 0 && width < CARDS_BELOW_PX;
  const list = listOnly(url);
  const hasFilters = state.filters.length > 0 || state.search !== undefined;
  const total = page.data?.total;

  const refresh = () => {
    setAsOf(Date.now());
    setUrl(FIRST_PAGE);
  };
  const open = (log: string | undefined) => setUrl({ log, tab: log ? url.tab : undefined });
  const setFilters = (filters: Filter[]) => setUrl(filtersInUrl(filters), { replace: false });
  const { goNewer, goOlder } = useWalk({ rows, state, total, asPage: (change) => setUrl(change), open });
  const pin = pinOf(state.until, state.order.by, page.data);
  const exact = () => [...(page.data?.asked ?? []), ...(pin && !state.until ? [{ key: 'created_at', operator: 'lte' as const, value: [pin] }] : [])];

  useShortcuts(text.title, [
    { keys: 'j', label: shell.shortcuts.rows, run: goOlder },
    { keys: 'k', label: shell.shortcuts.rows, run: goNewer },
    {
      keys: 'Enter',
      label: shell.shortcuts.open,
      run: () => {
        if (state.log) void navigate({ to: '/g/$gw/logs/$log' as string, params: { gw: gateway, log: state.log } as never, search: list as never });
        else if (rows[0]) open(rows[0].id);
      },
    },
    { keys: 'Escape', label: shell.shortcuts.open, run: () => open(undefined) },
  ]);
  useReady(!page.isPending);

  return (
    <ValueMenuProvider onFilter={(filter) => setFilters(addFilter(state.filters, filter))}>
      <div className={classes.screen} data-peek={state.log ? true : undefined}>
        <div ref={ref} className={classes.list}>
          <div className={classes.head}>
            <h1>{text.title}</h1>
            <span className={classes.total} aria-live="polite">
              {total === undefined ? (page.isError ? '' : text.counting) : text.total(total)}
            </span>
            <span className={classes.grow} />
            <ViewsMenu gateway={gateway} search={list} columns={columns} onColumns={setColumns} />
            <ViewMenu columns={columns} onColumns={setColumns} density={density} onDensity={setDensity} />
            <TailButton tail={tail} onToggle={() => setUrl({ tail: state.tail ? undefined : 'on' })} isOn={state.tail} />
            <Button aria-label={text.refresh} title={text.refresh} px={8} onClick={refresh}>
              <IconRefresh size={15} stroke={1.75} />
            </Button>
            <MoreMenu gateway={gateway} filters={exact} search={state.search} hasFilters={hasFilters} total={total} onDeleted={() => void client.invalidateQueries({ queryKey: ['logs', gateway] })} />
          </div>
          <div className={classes.bar}>
            <FilterBar
              fields={LOG_FIELDS}
              filters={state.filters}
              onFilters={setFilters}
              search={state.search ?? ''}
              onSearch={(q) => setUrl({ q, ...FIRST_PAGE }, { replace: false })}
              suggestions={suggestions}
              onUse={() => setBarUsed(true)}
            />
            <RangePicker />
          </div>
          <Histogram gateway={gateway} state={state} page={page.data} onZoom={(start, end) => setUrl({ range: undefined, start, end, ...FIRST_PAGE }, { replace: false })} />
          <div className={classes.rows}>
            <Refreshing when={page.isFetching && !page.isPending} />
            {tail.fresh > 0 ? (
              <button type="button" className={classes.fresh} onClick={refresh}>
                {text.tail.fresh(tail.fresh, tail.isMore)}
              </button>
            ) : null}
            <div className={classes.scroll}>
              {page.isPending ? <SkeletonRows rows={12} /> : null}
              {page.isError && !page.data ? <Failed error={new Error(text.unavailable)} onRetry={() => void page.refetch()} /> : null}
              {page.data && rows.length === 0 ? (
                hasFilters || state.start ? (
                  <NoMatches
                    filters={state.filters}
                    search={state.search}
                    range={state.start ? undefined : RANGES.find(({ name }) => name === state.range)?.label}
                    onFilters={setFilters}
                    onClear={() => setUrl({ ...filtersInUrl([]), q: undefined })}
                    onWiden={state.range === '7d' || state.range === '30d' ? undefined : () => setUrl({ range: '7d', start: undefined, end: undefined, ...FIRST_PAGE })}
                  />
                ) : (
                  <NoLogs gateway={gateway} />
                )
              ) : null}
              {rows.length > 0 ? (
                <LogTable
                  gateway={gateway}
                  rows={rows}
                  gaps={page.data?.gaps ?? []}
                  columns={fittingColumns(columns, width)}
                  asCards={asCards}
                  density={density}
                  documents={documents}
                  order={state.order}
                  onOrder={(order) => setUrl(orderInUrl(order))}
                  open={state.log}
                  onOpen={open}
                  search={list}
                />
              ) : null}
            </div>
            {total !== undefined && total > ROWS_PER_PAGE ? (
              <Pager page={state.page} total={total} onPage={(next) => setUrl(next === 1 ? FIRST_PAGE : { page: String(next), until: pin }, { replace: false })} />
            ) : null}
          </div>
        </div>
        {state.log ? <LogPanel key={state.log} gateway={gateway} id={state.log} tab={url.tab} onTab={(tab) => setUrl({ tab })} onClose={() => open(undefined)} onNewer={goNewer} onOlder={goOlder} search={list} /> : null}
      </div>
    </ValueMenuProvider>
  );
}

/** The moment up to which all pages reach. By time it is the newest row's own, which no clock can miss. */
function pinOf(until: string | undefined, by: string, page: { rows: { created_at: string }[]; now: number } | undefined): string | undefined {
  if (until || !page) return until;
  const newest = by === 'created_at' ? page.rows[0]?.created_at : undefined;
  return newest && page.rows.every((row) => row.created_at <= newest) ? newest : new Date(page.now).toISOString();
}

interface Walk {
  rows: readonly { id: string; created_at: string }[];
  state: ReturnType<typeof readLogsState>;
  total: number | undefined;
  asPage: (change: Record<string, string | undefined>) => void;
  open: (id: string) => void;
}

/** Up and down the filtered list, over the borders of pages. */
function useWalk({ rows, state, total, asPage, open }: Walk) {
  const [edge, setEdge] = useState<'first' | 'last' | null>(null);
  useEffect(() => {
    // The next page is there: go on with its first row, or with the last one of the page before.
    if (edge === null || rows.length === 0 || rows.some((row) => row.id === state.log)) return;
    open((edge === 'first' ? rows[0] : rows.at(-1))!.id);
    setEdge(null);
  }, [rows, edge]);
  const at = rows.findIndex((row) => row.id === state.log);
  const pages = Math.ceil((total ?? 0) / ROWS_PER_PAGE);
  const until = state.until ?? rows[0]?.created_at;
  return {
    goOlder: () => {
      const next = rows[at + 1];
      if (next) open(next.id);
      else if (at >= 0 && state.page < pages) {
        setEdge('first');
        asPage({ page: String(state.page + 1), until });
      }
    },
    goNewer: () => {
      const next = at > 0 ? rows[at - 1] : undefined;
      if (next) open(next.id);
      else if (at === 0 && state.page > 1) {
        setEdge('last');
        asPage(state.page === 2 ? FIRST_PAGE : { page: String(state.page - 1), until });
      }
    },
  };
}
