import { useQuery } from '@tanstack/react-query';

import { insightText } from '@/text/route-insight';
import { routeEditorText } from '@/text/route-editor';

import { splitsQuery } from '../../insight';
import { sentence } from '../../model/sentence';
import { branchesOf, elseShareOf, formatShare } from '../../model/split';
import { inShort, sharesOf, verdictOf } from '../../results/compare';
import { useEditor } from '../../store';
import { useServingElement } from '../../versions/useServing';
import classes from '../cards.module.css';
import { Pieces } from '../parts/Pieces';
import type { CardProps } from '../types';

const text = insightText.splits.live;

/** Below this share a segment is too narrow for its label. */
const LABEL_SHARE_MIN = 15;

export function SplitBody({ element }: CardProps) {
  const rest = elseShareOf(element);
  const isLive = useEditor((state) => state.live !== null);
  const segments = branchesOf(element).map(({ output, label, weight }) => ({ key: output, label: label === '' ? '' : label, share: weight ?? 0 }));
  if (rest !== null) segments.push({ key: 'else', label: routeEditorText.outputs.else, share: rest });
  const narrow = segments.filter(({ share }) => share < LABEL_SHARE_MIN);
  return (
    <>
      <div className={classes.segments}>
        {segments.map(({ key, label, share }, at) => (
          <span key={key} className={classes.segment} data-tone={at % 4} style={{ flexGrow: Math.max(share, 2) }}>
            {share >= LABEL_SHARE_MIN ? <span className={classes.segmentText}>{named(label, share)}</span> : null}
          </span>
        ))}
      </div>
      <div className={`${classes.text} ${classes.small} ${classes.spread}`}>
        <span className={classes.one}>
          {narrow.length > 0 ? <span className={classes.narrow}>{narrow.map(({ label, share }) => named(label, share)).join(' · ')} · </span> : null}
          <Pieces pieces={sentence(element)} />
        </span>
        {isLive ? <LiveShares id={element.id} /> : null}
      </div>
    </>
  );
}

/** With live traffic: how the shares came out, and whether that is chance. */
function LiveShares({ id }: { id: string }) {
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeId);
  const isServing = useServingElement(id)?.type === 'percentage';
  const { data } = useQuery({ ...splitsQuery(gateway, route, id, '24h'), enabled: isServing });
  if (!isServing || data === undefined) return null;
  const verdict = verdictOf(data);
  if (verdict.kind === 'skewed') return <span className={classes.over}>{text.observed(verdict.observed)}</span>;
  // Below what is enough, the counts on the edges say all there is.
  return verdict.kind === 'fine' ? <span className={classes.quiet}>{text.observed(inShort(sharesOf(data).map(({ observed }) => observed ?? 0)))}</span> : null;
}

function named(label: string, share: number): string {
  return label === '' ? routeEditorText.outputs.share(formatShare(share)) : routeEditorText.outputs.branch(label, formatShare(share));
}
