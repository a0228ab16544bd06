/** The four states of every list, chart and panel: loading, nothing yet, nothing matches, failed. */
import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { CSSProperties, ReactNode } from 'react';

import { ApiFailure } from '@/api/client';
import { states } from '@/text/shell';

import { ErrorLink } from './ErrorLink';
import classes from './States.module.css';

/** A grey place in the final shape, seen only when loading takes longer than 150 ms. */
export function Skeleton({ width = '100%', height, style }: { width?: number | string; height: number | string; style?: CSSProperties }) {
  return <div aria-hidden className={classes.skeleton} style={{ width, height, ...style }} />;
}

/** Rows of a table that is loading. */
export function SkeletonRows({ rows = 8, height = 17 }: { rows?: number; height?: number }) {
  return (
    <div aria-busy="true" aria-label="Loading" role="status" style={{ display: 'grid', gap: 16, padding: 16 }}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} width={`${100 - ((index * 13) % 30)}%`} />
      ))}
    </div>
  );
}

/** A thin line on top of a panel whose old data stay while new ones are fetched. */
export function Refreshing({ when }: { when: boolean }) {
  return when ? <div aria-hidden className={classes.refreshing} /> : null;
}

/** Nothing is there yet: what this is, one main action, perhaps an example to copy. */
export function Empty({ title, text, action, children }: { title: string; text?: ReactNode; action?: ReactNode; children?: ReactNode }) {
  return (
    <div className={classes.box}>
      <div className={classes.title}>{title}</div>
      {text ? <div className={classes.text}>{text}</div> : null}
      {action}
      {children}
    </div>
  );
}

/** The filters let nothing through: they stand here as chips to be removed. */
export function NothingMatches({ chips, onClear, text = states.nothingMatches }: { chips?: ReactNode; onClear: () => void; text?: string }) {
  return (
    <div className={classes.box}>
      <div className={classes.title}>{text}</div>
      {chips ? <div className={classes.chips}>{chips}</div> : null}
      <Button onClick={onClear}>{states.clear}</Button>
    </div>
  );
}

/** What failed, with its request id; the rest of the page keeps working. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const failure = error instanceof ApiFailure ? error : undefined;
  return (
    <div className={classes.box} role="alert">
      <IconAlertTriangle aria-hidden className={classes.bad} size={20} stroke={1.75} />
      <div className={classes.text}>{error instanceof Error ? error.message : String(error)}</div>
      {failure?.code || failure?.requestId ? (
        <div className={classes.id}>
          {failure.code ? <ErrorLink code={failure.code}>{states.errorCode(failure.code)}</ErrorLink> : null}
          {failure.requestId ? <span>{states.requestId(failure.requestId)}</span> : null}
        </div>
      ) : null}
      {onRetry ? <Button onClick={onRetry}>{states.again}</Button> : null}
    </div>
  );
}
