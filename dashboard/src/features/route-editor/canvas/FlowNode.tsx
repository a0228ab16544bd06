import type { NodeProps } from '@xyflow/react';
import { IconAlertTriangle } from '@tabler/icons-react';
import { memo } from 'react';
import { useShallow } from 'zustand/react/shallow';

import { canvasText as text } from '@/text/editor-canvas';

import { choiceOf, kindTitle } from '../model';
import { Tile } from '../nodes/parts/Tile';
import { uiOf } from '../nodes/registry';
import { shownDraft, useEditor } from '../store';
import type { CardNode } from './flow';
import { nameIn, titleIn } from './names';
import classes from './node.module.css';
import { Ports } from './Ports';
import { useUi } from './ui';
import { wayOf } from './way';

const MARKS = { added: '+', removed: '−', changed: '~' } as const;

export const FlowNode = memo(function FlowNode({ id, data, selected }: NodeProps<CardNode>) {
  const { element, direction, isLive } = data;
  const ui = uiOf(element);
  // One subscription for all of it: a canvas has a hundred cards.
  const { title, name, errors, warnings, diff, path, isStep, number } = useEditor(
    useShallow((state) => {
      const { document } = shownDraft(state);
      const { problems } = state.validation;
      const way = state.highlight === null ? null : wayOf(state.highlight, document);
      return {
        title: titleIn(document, id),
        name: nameIn(document, problems, element),
        errors: countOf(problems, id, 'error'),
        warnings: countOf(problems, id, 'warning'),
        diff: state.viewing?.marks[id],
        path: way === null ? undefined : way.nodes.has(id) ? 'taken' : 'dimmed',
        isStep: way?.step === id,
        number: way?.steps.get(id),
      };
    }),
  );
  const target = useUi((state) => (state.connecting === null ? undefined : state.connecting.targets.ids.has(id) ? 'allowed' : 'refused'));
  const kind = kindTitle(element);
  const choice = choiceOf(element);
  return (
    <>
      <div
        className={ui.isPill ? `${classes.card} ${classes.pill}` : classes.card}
        role="group"
        tabIndex={-1}
        aria-label={name}
        aria-current={selected === true ? 'true' : undefined}
        data-testid={`node-${id}`}
        data-node={id}
        data-path={path}
        data-step={isStep || undefined}
        data-diff={diff}
        data-problems={errors + warnings}
        data-severity={errors > 0 ? 'error' : undefined}
        data-selected={selected || undefined}
        data-target={target}
        data-tour={choice === 'conditional' ? 'condition' : choice === 'budget' ? 'budget' : undefined}
      >
        {ui.isPill ? (
          <>
            <Tile meta={ui.meta(element)} />
            <b className={classes.title}>{title}</b>
            <ui.Body element={element} />
            <Badge errors={errors} warnings={warnings} />
          </>
        ) : (
          <>
            <div className={classes.head}>
              <Tile meta={ui.meta(element)} />
              <b className={classes.title} title={title}>
                {title}
              </b>
              {kind === title ? null : <span className={classes.kind}>{kind}</span>}
              <Badge errors={errors} warnings={warnings} />
            </div>
            <div className={classes.body}>
              <ui.Body element={element} />
            </div>
          </>
        )}
        {diff ? (
          <span className={classes.mark} data-diff={diff} role="img" aria-label={text.diff[diff]}>
            {MARKS[diff]}
          </span>
        ) : number !== undefined ? (
          <span className={classes.mark} role="img" aria-label={text.path.step(number)}>
            {number}
          </span>
        ) : null}
      </div>
      <Ports element={element} direction={direction} isLive={isLive} isTaken={path === 'taken'} />
    </>
  );
});

function Badge({ errors, warnings }: { errors: number; warnings: number }) {
  if (errors + warnings === 0) return null;
  return (
    <span className={classes.badge} data-severity={errors > 0 ? 'error' : 'warning'} title={text.cards.problems(errors, warnings)}>
      <IconAlertTriangle aria-hidden size={12} stroke={2} />
      {errors + warnings}
    </span>
  );
}

function countOf(problems: readonly { node: string | null; severity: string }[], id: string, severity: string): number {
  return problems.reduce((sum, problem) => sum + (problem.node === id && problem.severity === severity ? 1 : 0), 0);
}
