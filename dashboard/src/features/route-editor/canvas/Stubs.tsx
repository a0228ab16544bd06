import { EdgeLabelRenderer, ViewportPortal } from '@xyflow/react';
import { IconPlus } from '@tabler/icons-react';
import { memo } from 'react';
import { useShallow } from 'zustand/react/shallow';

import { canvasText as text } from '@/text/editor-canvas';

import { liveCount } from '../live/counts';
import type { Stub } from '../model';
import { shownDraft, useEditor } from '../store';
import classes from './edge.module.css';
import { InsertButton } from './InsertButton';
import { LogsLink } from './LogsLink';
import { edgeNamesIn } from './names';
import { useUi } from './ui';
import { wayOf } from './way';

/** Outputs that lead nowhere: what happens there, or that something has to. */
export const Stubs = memo(function Stubs({ stubs }: { stubs: readonly Stub[] }) {
  return (
    <>
      <ViewportPortal>
        <svg className={classes.stubs} aria-hidden>
          {stubs.map((stub) => (
            <line
              key={stub.key}
              className={classes.stub}
              data-required={stub.spec.required || undefined}
              x1={stub.points[0][0]}
              y1={stub.points[0][1]}
              x2={stub.points[1][0]}
              y2={stub.points[1][1]}
            />
          ))}
        </svg>
      </ViewportPortal>
      <EdgeLabelRenderer>
        {stubs.map((stub) => (
          <StubLabel key={stub.key} stub={stub} />
        ))}
      </EdgeLabelRenderer>
    </>
  );
});

const StubLabel = memo(function StubLabel({ stub }: { stub: Stub }) {
  const { id, output, spec, anchor, side } = stub;
  const { name, insertName, count, path } = useEditor(
    useShallow((state) => {
      const { document } = shownDraft(state);
      const [known, insert] = edgeNamesIn(document, { id, output });
      return {
        name: known,
        insertName: insert,
        count: liveCount(state.live, id, output, true),
        path: state.highlight === null ? undefined : wayOf(state.highlight, document).edges.has(stub.key) ? 'taken' : 'dimmed',
      };
    }),
  );
  const isStill = useUi((state) => state.isStill);
  const shift = side === 'right' ? 'translate(0, -50%)' : 'translate(-50%, 0)';
  // A required one is one line, so that it fits between two cards: its colour, title and name say the rest.
  const isOneLine = spec.required;
  const what = isOneLine ? (spec.label === '' ? text.edges.required : null) : shortConsequence(spec.consequenceWhenOpen ?? '');
  return (
    <div
      className={classes.label}
      style={{ transform: `translate(${anchor[0]}px, ${anchor[1]}px) ${shift}` }}
      role="group"
      aria-label={name}
      data-testid={`edge-${id}-${output}`}
      data-open
      data-two={isOneLine ? undefined : true}
      data-required={spec.required || undefined}
      data-path={path}
      data-count={count ?? undefined}
      data-still={isStill || undefined}
      data-drop={`${id}\n${output}`}
    >
      <span className={classes.words} title={spec.required ? text.edges.required : spec.consequenceWhenOpen}>
        {spec.label === '' ? null : (
          <span className={classes.line}>
            {spec.label}
            {typeof count === 'number' ? <LogsLink from={id} output={output} count={count} isOpen /> : null}
          </span>
        )}
        {what === null ? null : <span className={classes.what}>{what}</span>}
      </span>
      <InsertButton from={id} output={output} name={`${name} ${insertName}`} hint={insertName} isRequired={spec.required}>
        <IconPlus aria-hidden size={13} stroke={2} />
      </InsertButton>
    </div>
  );
});

/** The whole sentence is in the label's title and its name; on the canvas the status is enough. */
function shortConsequence(words: string): string {
  return words.split(',')[0] ?? words;
}
