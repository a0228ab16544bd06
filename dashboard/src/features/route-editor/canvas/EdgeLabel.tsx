import { IconPlus } from '@tabler/icons-react';
import { memo } from 'react';
import { useShallow } from 'zustand/react/shallow';

import { percent } from '@/lib/number';
import { canvasText as text } from '@/text/editor-canvas';

import { LABEL_ROOM_MIN, type OutputSpec, type Route } from '../model';
import { shownDraft, useEditor } from '../store';
import classes from './edge.module.css';
import { InsertButton } from './InsertButton';
import { LogsLink } from './LogsLink';
import { edgeNamesIn } from './names';
import { useUi } from './ui';

interface EdgeLabelProps {
  from: string;
  output: string;
  target: string;
  spec: OutputSpec;
  route: Route;
  /** Null for a node that only the draft has, undefined without live traffic. */
  count: number | null | undefined;
  total: number;
  path: 'taken' | 'dimmed' | undefined;
  isSelected: boolean;
}

export const EdgeLabel = memo(function EdgeLabel({ from, output, spec, route, count, total, path, isSelected }: EdgeLabelProps) {
  const [name, insertName] = useEditor(useShallow((state) => edgeNamesIn(shownDraft(state).document, { id: from, output })));
  const isTight = route.labelRoom < LABEL_ROOM_MIN && count !== undefined && spec.label !== '';
  const isStart = spec.label === '';
  const isStill = useUi((state) => state.isStill);
  const share = typeof count !== 'number' || total === 0 || isStart || !hasShare(spec) ? null : percent(count / total, 0);
  if (isStill && isStart && count === undefined) return null;
  return (
    <div
      className={classes.label}
      style={{ transform: `translate(-50%, -50%) translate(${route.label[0]}px, ${route.label[1]}px)` }}
      role="group"
      aria-label={name}
      data-testid={`edge-${from}-${output}`}
      data-path={path}
      data-count={count ?? undefined}
      data-selected={isSelected || undefined}
      data-two={isTight || undefined}
      data-bare={(isStart && count === undefined) || undefined}
      data-still={isStill || undefined}
      data-drop={`${from}\n${output}`}
    >
      {isStart && count === undefined ? null : (
        <span className={classes.words}>
          {spec.label === '' ? null : <span>{spec.label}</span>}
          {typeof count === 'number' ? <LogsLink from={from} output={output} count={count} /> : null}
          {count === null ? <span className={classes.share}>{text.edges.isNew}</span> : null}
          {isStart && typeof count === 'number' ? <span className={classes.share}>{text.edges.requests}</span> : null}
          {share === null || isTight ? null : <span className={classes.share}>{share}</span>}
        </span>
      )}
      <InsertButton from={from} output={output} name={`${name} ${insertName}`} hint={insertName}>
        <IconPlus aria-hidden size={13} stroke={2} />
      </InsertButton>
    </div>
  );
});

/** Shares are said where traffic divides. */
function hasShare(spec: OutputSpec): boolean {
  return spec.name === 'true' || spec.name === 'false';
}
