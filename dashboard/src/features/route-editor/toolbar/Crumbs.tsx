import { Link } from '@tanstack/react-router';

import { useTimeZone } from '@/app/gateway';
import { CopyButton } from '@/components/CopyButton';
import { clock } from '@/lib/time';
import { canvasText as text } from '@/text/editor-canvas';

import { useEditor } from '../store';
import { useSync } from '../sync';
import { useDraftChanges, useLiveVersion } from '../versions/useDraftChanges';
import classes from './crumbs.module.css';

/** Which route this is, what of it is live, and whether the draft differs and is saved. */
export function Crumbs() {
  const name = useEditor((state) => state.routeName);
  const gateway = useEditor((state) => state.gateway);
  return (
    <>
      <Link to="/g/$gw/routes" params={{ gw: gateway }} className={classes.parent ?? ''}>
        {text.page.routes}
      </Link>
      <span aria-hidden className={`${classes.slash} ${classes.parent}`}>
        /
      </span>
      <h1 className={classes.name} title={name}>
        {name}
      </h1>
      <span className={classes.copy}>
        <CopyButton text={`dynamic/${name}`} label={text.page.copy(name)} />
      </span>
      <LiveChip />
      <DraftChip />
      <Saved />
    </>
  );
}

function LiveChip() {
  const live = useLiveVersion();
  if (live === null) return null;
  return (
    <span className={`${classes.pill} ${classes.live}`} data-testid="chip-live">
      <span aria-hidden className={classes.dot} />
      {text.page.live(live.number)}
    </span>
  );
}

function DraftChip() {
  const changes = useDraftChanges();
  if (changes === undefined) return null;
  const words = changes === null ? text.page.notLive : changes === 0 ? text.page.noChanges : text.page.changes(changes);
  return (
    <span className={`${classes.pill} ${classes.draft}`} data-testid="chip-draft">
      <span aria-hidden className={classes.ring} />
      {words}
    </span>
  );
}

function Saved() {
  const zone = useTimeZone();
  const save = useSync((state) => state.save);
  const savedAt = useSync((state) => state.savedAt);
  const failure = useSync((state) => state.failure);
  const words = save === 'saved' ? (savedAt === null ? text.save.savedNever : text.save.saved(clock(savedAt, zone))) : text.save[save];
  const isBad = save === 'offline' || save === 'conflict' || save === 'refused' || save === 'signed-out';
  return (
    <span className={classes.saved} data-bad={isBad || undefined} data-testid="saved" title={failure ?? undefined}>
      {words}
    </span>
  );
}
