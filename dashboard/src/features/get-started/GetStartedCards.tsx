import { CloseButton } from '@mantine/core';
import { useId } from 'react';

import { useMay } from '@/app/session';
import { Failed, SkeletonRows } from '@/components/States';
import { getStarted as text } from '@/text/get-started';

import classes from './GetStartedCards.module.css';
import { useDismiss, useGetStarted, type GetStarted } from './queries';
import { Progress, Steps } from './Steps';

function countText({ steps }: GetStarted): string {
  return text.progress(steps.filter((step) => step.done).length, steps.length);
}

/** The whole list, on an empty gateway. */
export function GetStartedList() {
  const query = useGetStarted();
  const titleId = useId();
  return (
    <section className={classes.card} aria-labelledby={titleId}>
      <header className={classes.head}>
        <h2 id={titleId}>{text.title}</h2>
        {query.data ? (
          <span className={classes.progress}>
            <span>{countText(query.data)}</span>
            <span className={classes.short}>
              <Progress state={query.data} />
            </span>
          </span>
        ) : null}
      </header>
      {query.data ? <Steps state={query.data} /> : query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : <SkeletonRows rows={5} height={40} />}
    </section>
  );
}

/** In the corner of a gateway that has traffic, until everything is done or somebody hides it. */
export function GetStartedCorner() {
  const { data } = useGetStarted();
  const dismiss = useDismiss();
  const titleId = useId();
  const mayDo = useMay('editor');
  if (!mayDo || !data || data.dismissed || data.steps.every((step) => step.done)) return null;
  return (
    <section className={`${classes.card} ${classes.corner}`} aria-labelledby={titleId}>
      <header className={classes.cornerHead}>
        <h2 id={titleId}>{text.title}</h2>
        <span className={classes.count}>{countText(data)}</span>
        <CloseButton size="sm" aria-label={text.hide} onClick={dismiss} />
      </header>
      <Progress state={data} />
      <Steps state={data} isCompact />
    </section>
  );
}
