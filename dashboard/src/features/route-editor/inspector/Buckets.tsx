import { ActionIcon, Tooltip } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconRestore } from '@tabler/icons-react';

import { useTimeZone } from '@/app/gateway';
import { useMay } from '@/app/session';
import { confirm } from '@/components/confirm';
import { toast } from '@/components/toast';
import { usd, usdAsTyped } from '@/lib/money';
import { count } from '@/lib/number';
import { clock, short } from '@/lib/time';
import { canvasText as text } from '@/text/editor-canvas';

import type { RouteElement } from '../model';
import { BucketBar } from '../nodes/parts/BucketBar';
import { useEditor } from '../store';
import { useServingElement } from '../versions/useServing';
import classes from './inspector.module.css';
import { type Bucket, type Buckets as Answer, bucketsQuery, resetBucket } from './queries';
import { Section } from './Section';

/** What is used up right now, fullest first. */
export function Buckets({ element }: { element: RouteElement }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const zone = useTimeZone();
  const serving = useServingElement(element.id);
  // Of a node that only the draft has there is nothing to ask.
  const { data, isError } = useQuery({ ...bucketsQuery(gateway, route, element.id), enabled: serving?.type === 'rate' });
  if (isError || (serving !== undefined && serving?.type !== 'rate')) {
    return (
      <Section title={text.buckets.title}>
        <p className={classes.hint}>{text.buckets.onlyLive}</p>
      </Section>
    );
  }
  if (data === undefined) return null;
  const title = (
    <>
      {text.buckets.title} {data.total > 0 ? <span>{text.buckets.top(data.buckets.length, count(data.total))}</span> : null}
    </>
  );
  return (
    <Section title={title}>
      {data.buckets.length === 0 ? <p className={classes.hint}>{text.buckets.none}</p> : null}
      {data.buckets.map((bucket) => (
        <Row key={bucket.key} bucket={bucket} answer={data} zone={zone} />
      ))}
      <div className={classes.bucketKeyline}>
        {data.buckets.length > 0 ? (
          <>
            <span>
              <i aria-hidden />
              {data.kind === 'cost' ? text.buckets.spent : text.buckets.used}
            </span>
            {data.kind === 'cost' ? (
              <span>
                <i aria-hidden data-reserved />
                {text.buckets.reserved}
              </span>
            ) : null}
          </>
        ) : null}
        <span style={{ marginLeft: 'auto' }}>{text.buckets.asOf(clock(data.as_of, zone))}</span>
      </div>
    </Section>
  );
}

function Row({ bucket, answer, zone }: { bucket: Bucket; answer: Answer; zone: string }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const client = useQueryClient();
  const mayReset = useMay('editor');
  const name = bucket.key === '*' || bucket.key === '' ? text.buckets.everyone : bucket.key;
  const isOver = bucket.used >= answer.limit;
  const when = bucket.resets_at === null ? (bucket.frees_at === null ? null : text.buckets.freesAt(short(bucket.frees_at, zone))) : text.buckets.resetsAt(short(bucket.resets_at, zone));
  const reset = () =>
    confirm({
      title: text.buckets.resetTitle(name),
      children: text.buckets.resetText,
      action: text.buckets.reset,
      onConfirm: async () => {
        await resetBucket(gateway, route, answer.node, bucket.key);
        await client.invalidateQueries({ queryKey: ['buckets', gateway, route, answer.node] });
        toast(text.buckets.done(name));
      },
    });
  return (
    <div className={classes.bucket}>
      <span className={classes.bucketName} title={name}>
        {name}
      </span>
      <span className={classes.bucketUsed} data-over={isOver || undefined}>
        {usedText(bucket, answer)}
      </span>
      {mayReset ? (
        <Tooltip label={text.buckets.resetOne(name)}>
          <ActionIcon size={24} aria-label={text.buckets.resetOne(name)} onClick={reset}>
            <IconRestore size={14} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      ) : (
        <span />
      )}
      <span className={classes.bucketBar}>
        <BucketBar used={bucket.used} reserved={bucket.reserved} limit={answer.limit} />
      </span>
      {when === null ? null : <span className={classes.bucketWhen}>{when}</span>}
    </div>
  );
}

function usedText({ used, reserved }: Bucket, { kind, limit }: Answer): string {
  const isOver = used >= limit;
  if (kind === 'count') return isOver ? text.buckets.over(count(used), count(limit)) : text.buckets.of(count(used), count(limit));
  if (isOver) return text.buckets.over(usd(used), usdAsTyped(limit));
  return reserved > 0 ? text.buckets.withReserved(usd(used), usd(reserved)) : text.buckets.of(usd(used), usdAsTyped(limit));
}
