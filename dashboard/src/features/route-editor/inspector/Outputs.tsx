import { UnstyledButton } from '@mantine/core';
import { IconChevronRight, IconPlus } from '@tabler/icons-react';

import { canvasText as text } from '@/text/editor-canvas';

import { pick } from '../canvas/acts';
import { LogsLink } from '../canvas/LogsLink';
import { titleIn } from '../canvas/names';
import { useUiStore } from '../canvas/ui';
import { liveCount } from '../live/counts';
import { type RouteElement, elementOf, outputsOf, targetOf } from '../model';
import { isReadOnly, shownDraft, useEditor, useEditorStore } from '../store';
import classes from './inspector.module.css';
import { Section } from './Section';

/** With live traffic: how many took it, and the way to them by keyboard. */
function LiveRequests({ id, output, isOpen }: { id: string; output: string; isOpen: boolean }) {
  const count = useEditor((state) => liveCount(state.live, id, output, isOpen));
  if (typeof count !== 'number') return null;
  return (
    <span className={classes.outputCount}>
      <LogsLink from={id} output={output} count={count} isOpen={isOpen} tabIndex={0} />
    </span>
  );
}

/** Where each output leads; a click follows it, or connects an open one. */
export function Outputs({ element }: { element: RouteElement }) {
  const store = useEditorStore();
  const ui = useUiStore();
  const document = useEditor((state) => shownDraft(state).document);
  const isStill = useEditor(isReadOnly);
  const outputs = outputsOf(element);
  if (outputs.length === 0) return null;
  return (
    <Section title={text.inspector.outputs}>
      <ul className={classes.outputs} data-field="outputs">
        {outputs.map(({ name, label, isDetour, consequenceWhenOpen }) => {
          const target = targetOf(element, name);
          const isKnown = target !== undefined && elementOf(document, target) !== undefined;
          const where = isKnown ? titleIn(document, target) : (consequenceWhenOpen?.split(',')[0] ?? text.inspector.open);
          const shown = label === '' ? text.edges.requests : label;
          return (
            <li key={name}>
              <UnstyledButton
                className={classes.output}
                data-field={`outputs.${name}`}
                title={isKnown ? text.inspector.go(where) : text.inspector.connect(shown)}
                disabled={!isKnown && isStill}
                onClick={(event) => {
                  if (isKnown) return pick(store, [target]);
                  const box = event.currentTarget.getBoundingClientRect();
                  ui.getState().openMenu({ from: { id: element.id, output: name }, mode: 'insert', anchor: { x: box.left + box.width / 2, y: box.bottom } });
                }}
              >
                <svg aria-hidden width={22} height={8} className={classes.outputLine}>
                  <line x1={0} x2={22} y1={4} y2={4} strokeDasharray={isDetour ? '4 3' : undefined} />
                </svg>
                <span>{shown}</span>
                <span className={classes.outputTarget}>{where}</span>
                {isKnown ? <IconChevronRight aria-hidden size={14} stroke={1.75} /> : <IconPlus aria-hidden size={14} stroke={1.75} />}
              </UnstyledButton>
              <LiveRequests id={element.id} output={name} isOpen={!isKnown} />
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
