import { IconArrowDownRight, IconArrowRight, IconArrowUpRight } from '@tabler/icons-react';

import { HrefLink, Sparkline } from '@/components/charts';
import { Failed, Skeleton } from '@/components/States';
import type { Charted } from '@/features/analytics/charted';
import { firstRun, tiles as text } from '@/text/overview';

import type { Change } from './change';
import classes from './Tiles.module.css';
import { runOf, tilesOf, type TileWords } from './tiles';

const NAMES = [text.requests, text.success, text.cost, text.latency, text.tokens, text.rescued];

/** Key figures; each leads to Analytics with the same range. */
export function Tiles({ charted, href }: { charted: Charted; href: string }) {
  const { answer, query, slots } = charted;
  if (!answer && query.isError) {
    return (
      <div className={classes.failed}>
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      </div>
    );
  }
  if (!answer) {
    return (
      <div className={classes.tiles}>
        {NAMES.map((name) => (
          <div key={name} className={classes.tile}>
            <span className={classes.label}>{name}</span>
            <Skeleton width={96} height={22} style={{ marginTop: 6 }} />
            <Skeleton height={20} style={{ marginTop: 'auto' }} />
          </div>
        ))}
      </div>
    );
  }
  const buckets = answer.series.flatMap((series) => series.buckets);
  return (
    <div className={classes.tiles}>
      {tilesOf(answer.total, answer.previous).map((tile) => (
        <Tile key={tile.name} tile={tile} href={href} run={runOf(tile, buckets, slots)} />
      ))}
    </div>
  );
}

function Tile({ tile, href, run }: { tile: TileWords; href: string; run: (number | null)[] }) {
  return (
    <HrefLink href={href} className={classes.tile} data-tile={tile.name}>
      <span className={classes.label}>
        <span className={classes.title}>{tile.title}</span>
        {tile.change ? <ChangeMark change={tile.change} /> : null}
      </span>
      <span className={classes.value}>
        {tile.value}
        {tile.isSimulated ? <span className={classes.sim}>{text.sim}</span> : null}
      </span>
      <span className={classes.note} title={typeof tile.note === 'string' ? tile.note : tile.note.join('')}>
        {typeof tile.note === 'string' ? (
          tile.note
        ) : (
          <>
            {tile.note[0]}
            <span className={classes.custom}>{tile.note[1]}</span>
            {tile.note[2]}
          </>
        )}
      </span>
      <span className={classes.spark}>
        <Sparkline values={run} isRelative={tile.name === 'success' || tile.name === 'latency'} />
      </span>
    </HrefLink>
  );
}

const ICONS = { up: IconArrowUpRight, down: IconArrowDownRight, same: IconArrowRight };

function ChangeMark({ change }: { change: Change }) {
  const Icon = ICONS[change.direction];
  const word = change.direction === 'same' ? '' : text[change.direction];
  return (
    <span className={classes.change} title={text.changed(word, change.text)}>
      <Icon aria-hidden size={13} stroke={1.75} />
      <span className={classes.hidden}>{word} </span>
      {change.text}
    </span>
  );
}

/** Before the first request: the same places, and no number that nobody measured. */
export function EmptyTiles() {
  return (
    <div className={classes.tiles}>
      {NAMES.map((name) => (
        <div key={name} className={`${classes.tile} ${classes.empty}`}>
          <span className={classes.label}>{name}</span>
          <span className={classes.unknown}>{text.unknown}</span>
          <span className={classes.note}>{firstRun.noRequests}</span>
        </div>
      ))}
    </div>
  );
}
