import { sentence } from '../../model/sentence';
import { branchesOf, elseShareOf, formatShare } from '../../model/split';
import { routeEditorText } from '@/text/route-editor';

import classes from '../cards.module.css';
import { Pieces } from '../parts/Pieces';
import type { CardProps } from '../types';

/** Below this share a segment is too narrow for its label. */
const LABEL_SHARE_MIN = 15;

export function SplitBody({ element }: CardProps) {
  const rest = elseShareOf(element);
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
      <div className={`${classes.text} ${classes.small} ${classes.one}`}>
        {narrow.length > 0 ? <span className={classes.narrow}>{narrow.map(({ label, share }) => named(label, share)).join(' · ')} · </span> : null}
        <Pieces pieces={sentence(element)} />
      </div>
    </>
  );
}

function named(label: string, share: number): string {
  return label === '' ? routeEditorText.outputs.share(formatShare(share)) : routeEditorText.outputs.branch(label, formatShare(share));
}
