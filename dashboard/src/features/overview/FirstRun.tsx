import { IconFlask } from '@tabler/icons-react';

import { useMay } from '@/app/session';
import { ReadOnlyNote } from '@/components/ReadOnlyNote';
import { GetStartedList } from '@/features/get-started/GetStartedCards';
import { Offers } from '@/features/get-started/Offers';
import { firstRun as text } from '@/text/overview';

import { AddDemo } from './Demo';
import { Endpoint } from './Endpoint';
import classes from './FirstRun.module.css';
import { EmptyTiles } from './Tiles';

/** A gateway that nobody has called yet. */
export function FirstRun({ hasProviders }: { hasProviders: boolean }) {
  const mayDo = useMay('editor');
  const [before, address, after] = (hasProviders ? text.answersOnWithProviders : text.answersOn)(window.location.host);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div>
          <h1>{text.title}</h1>
          <p className={classes.lead}>
            {before}
            <code>{address}</code>
            {after}
          </p>
        </div>
        {hasProviders ? null : (
          <span className={classes.pill}>
            <IconFlask aria-hidden size={14} stroke={1.75} />
            {text.demoMode}
            <span className={classes.sim}>{text.sim}</span>
          </span>
        )}
      </header>
      <ReadOnlyNote needs="editor" />
      {mayDo ? <Offers /> : null}
      <div className={mayDo ? classes.halves : undefined}>
        {mayDo ? <GetStartedList /> : null}
        <Endpoint />
      </div>
      <div className={classes.last}>
        <h2>{text.last}</h2>
        <span className={classes.hint}>{text.fills}</span>
        <AddDemo />
      </div>
      <EmptyTiles />
    </div>
  );
}
