import { ActionIcon, Popover, Tooltip } from '@mantine/core';
import { IconChartHistogram, IconDownload, IconInfoCircle, IconTable } from '@tabler/icons-react';
import { useId, useState, type ReactNode } from 'react';

import { Failed, Refreshing, Skeleton } from '@/components/States';
import { charts as text } from '@/text/analytics';

import classes from './ChartCard.module.css';
import { ChartTable, type ChartRows } from './ChartTable';
import { csvOf, download } from './csv';
import { Legend, type LegendItem } from './Legend';

/** How far what the chart shows has come. */
export interface ChartQuery {
  isPending: boolean;
  isError: boolean;
  isFetching: boolean;
  error: unknown;
  refetch: () => unknown;
}

interface ChartCardProps {
  title: string;
  /** What the chart counts. */
  info: string;
  query: ChartQuery;
  height?: number;
  legend?: readonly LegendItem[];
  legendEnd?: ReactNode;
  table?: ChartRows | undefined;
  /** Name of the file without its ending. */
  fileName: string;
  /** Said in place of a chart without anything in it. */
  empty?: string | undefined;
  children: ReactNode;
}

/** A chart with its title, what it counts, its table, its file and its legend. */
export function ChartCard({ title, info, query, height = 206, legend = [], legendEnd, table, fileName, empty, children }: ChartCardProps) {
  const [isTable, setTable] = useState(false);
  const titleId = useId();
  const hasData = !query.isPending && !(query.isError && !table);
  return (
    <section className={classes.card} aria-labelledby={titleId}>
      <Refreshing when={query.isFetching && !query.isPending} />
      <header className={classes.head}>
        <h2 id={titleId}>{title}</h2>
        <Popover width={300} position="bottom-start" shadow="md" withArrow={false}>
          <Popover.Target>
            <ActionIcon size={24} aria-label={text.infoOf(title)}>
              <IconInfoCircle size={15} stroke={1.75} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown className={classes.info}>{info}</Popover.Dropdown>
        </Popover>
        <span className={classes.grow} />
        {table ? (
          <>
            <Tooltip label={text.download}>
              <ActionIcon aria-label={text.downloadOf(title)} onClick={() => download(`${fileName}.csv`, csvOf(table.head, table.rows.map((row) => row.cells)))}>
                <IconDownload size={16} stroke={1.75} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={isTable ? text.chart : text.table}>
              <ActionIcon aria-label={text.tableOf(title)} aria-pressed={isTable} onClick={() => setTable(!isTable)}>
                {isTable ? <IconChartHistogram size={16} stroke={1.75} /> : <IconTable size={16} stroke={1.75} />}
              </ActionIcon>
            </Tooltip>
          </>
        ) : null}
      </header>
      <div className={classes.body} style={{ minHeight: height }}>
        {query.isPending ? <Loading height={height} /> : null}
        {query.isError && !hasData ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : null}
        {hasData && empty ? <p className={classes.empty}>{empty}</p> : null}
        {hasData && !empty ? isTable && table ? <ChartTable table={table} label={text.tableOf(title)} height={height} /> : children : null}
      </div>
      <footer className={classes.foot}>{hasData && !empty ? <Legend items={legend} end={legendEnd} /> : null}</footer>
    </section>
  );
}

const BARS = [70, 78, 74, 60, 52, 40, 34, 28, 30, 26, 34, 48, 56, 66, 72, 80];

/** Bars in the final shape. */
function Loading({ height }: { height: number }) {
  return (
    <div className={classes.loading} style={{ height }} role="status" aria-label={text.loading}>
      {BARS.map((share, index) => (
        <Skeleton key={index} width="100%" height={`${share}%`} />
      ))}
    </div>
  );
}
