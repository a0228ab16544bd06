import { useId, type ReactNode } from 'react';

import { Failed, Refreshing, SkeletonRows } from '@/components/States';
import type { ChartQuery } from '@/components/charts';

import classes from './Panel.module.css';

interface PanelProps {
  title: string;
  /** How many, beside the title. */
  count?: number | undefined;
  end?: ReactNode;
  /** Its states; without it the panel always shows its children. */
  query?: ChartQuery;
  rows?: number;
  children: ReactNode;
}

/** A card with a title; it loads, fails and recovers on its own. */
export function Panel({ title, count, end, query, rows = 4, children }: PanelProps) {
  const titleId = useId();
  return (
    <section className={classes.panel} aria-labelledby={titleId}>
      <Refreshing when={Boolean(query?.isFetching && !query.isPending)} />
      <header className={classes.head}>
        <h2 id={titleId}>{title}</h2>
        {count ? <span className={classes.count}>{count}</span> : null}
        <span className={classes.grow} />
        {end ? <span className={classes.end}>{end}</span> : null}
      </header>
      {query?.isPending ? <SkeletonRows rows={rows} /> : query?.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : children}
    </section>
  );
}

/** One quiet line where a panel has nothing to list. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className={classes.nothing}>{children}</p>;
}
