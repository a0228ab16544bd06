import { useQuery } from '@tanstack/react-query';

import { count as countText } from '@/lib/number';
import { usd, usdAsTyped } from '@/lib/money';
import { canvasText as text } from '@/text/editor-canvas';
import { insightText } from '@/text/route-insight';

import { type Bucket, bucketsQuery } from '../../inspector/queries';
import { isBudget } from '../../model/element';
import { sentence } from '../../model/sentence';
import type { RouteElement } from '../../model/types';
import { useEditor } from '../../store';
import { useServingElement } from '../../versions/useServing';
import classes from '../cards.module.css';
import { Pieces } from '../parts/Pieces';
import { BucketBar } from '../parts/BucketBar';
import type { CardProps } from '../types';

export function RateBody({ element }: CardProps) {
  const [head, ...rest] = sentence(element);
  const live = useEditor((state) => state.live?.nodes.find((node) => node.node === element.id));
  const isWatching = useServingElement(element.id)?.properties?.mode === 'watch';
  const over = live === undefined ? null : isWatching ? watchedText(live.over) : overText(live.users_over, live.over);
  return (
    <>
      <div className={classes.text}>
        <div className={classes.spread}>
          <span className={classes.one}>{head === undefined ? null : <Pieces pieces={[head]} />}</span>
          {over === null ? null : <span className={classes.over}>{over}</span>}
        </div>
        <div className={classes.one}>
          <Pieces pieces={rest} />
        </div>
      </div>
      {isBudget(element) ? <FullestBucket element={element} /> : null}
    </>
  );
}

function overText(users: number | null, requests: number): string | null {
  if (users !== null) return users === 0 ? null : text.cards.usersOver(users);
  return requests === 0 ? null : text.cards.requestsOver(countText(requests));
}

/** A limit that only watches lets everything through, and tells what it would have done. */
function watchedText(requests: number): string | null {
  return requests === 0 ? null : insightText.facts.wouldBeOver(countText(requests));
}

/** The fullest bucket that is still within, while live numbers are on. */
function FullestBucket({ element }: { element: RouteElement }) {
  const isLive = useEditor((state) => state.live !== null);
  return isLive ? <LiveBucket element={element} /> : null;
}

function LiveBucket({ element }: { element: RouteElement }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const serving = useServingElement(element.id);
  const { data } = useQuery({ ...bucketsQuery(gateway, route, element.id), enabled: serving?.type === 'rate' });
  if (serving === null) return <div className={classes.bucket}>{text.cards.newInDraft}</div>;
  if (data === undefined) return <div className={classes.bucket}>{text.cards.notReadYet}</div>;
  const fullest = data.buckets.find((bucket) => bucket.used + bucket.reserved < data.limit) ?? data.buckets[0];
  if (fullest === undefined) return <div className={classes.bucket}>{text.cards.nothingSpent}</div>;
  return (
    <>
      <div className={classes.bucket}>
        <span className={classes.bucketKey}>{fullest.key === '*' ? text.cards.everyone : fullest.key}</span>
        <span>{spent(fullest, data.limit)}</span>
      </div>
      <div className={classes.bucketBar}>
        <BucketBar used={fullest.used} reserved={fullest.reserved} limit={data.limit} height={5} />
      </div>
    </>
  );
}

function spent(bucket: Bucket, limit: number): string {
  return bucket.reserved > 0 ? text.buckets.withReserved(usd(bucket.used), usd(bucket.reserved)) : text.buckets.of(usd(bucket.used), usdAsTyped(limit));
}
