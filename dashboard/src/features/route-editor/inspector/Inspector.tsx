import { ActionIcon, Menu } from '@mantine/core';
import { IconCopy, IconDots, IconLayersSubtract, IconTrash, IconX } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';

import { canvasText as text } from '@/text/editor-canvas';
import { versionsText } from '@/text/versions';

import { copySelection, duplicateSelection, leave, removeSelection } from '../canvas/acts';
import { focusSoon } from '../canvas/focus';
import { titleIn } from '../canvas/names';
import { type RouteElement, elementOf, kindTitle } from '../model';
import { Tile } from '../nodes/parts/Tile';
import { uiOf } from '../nodes/registry';
import { NodeProblems } from '../problems/NodeProblems';
import { isReadOnly, shownDraft, useEditor, useEditorStore } from '../store';
import { Changes } from '../versions/Changes';
import classes from './inspector.module.css';
import { Outputs } from './Outputs';
import { Section } from './Section';

/** Settings of what is selected. */
export function Inspector() {
  const selection = useEditor((state) => state.selection.nodes);
  const document = useEditor((state) => shownDraft(state).document);
  const [only] = selection;
  const element = selection.size === 1 && only !== undefined ? elementOf(document, only) : undefined;
  if (selection.size > 1) return <Several count={selection.size} />;
  return element === undefined ? null : <One key={element.id} element={element} />;
}

function One({ element }: { element: RouteElement }) {
  const root = useRef<HTMLElement>(null);
  const isStill = useEditor(isReadOnly);
  const isViewing = useEditor((state) => state.viewing !== null);
  const { Panel } = uiOf(element);
  useFieldFocus(root);
  return (
    <section
      ref={root}
      className={classes.inspector}
      aria-label={text.inspector.label}
      data-testid="inspector"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation();
        focusSoon({ kind: 'node', id: element.id });
      }}
    >
      <Head element={element} isStill={isStill} />
      <div className={classes.body}>
        {isStill ? (
          <Section>
            <p className={classes.hint}>{isViewing ? text.inspector.readOnly : text.inspector.mayNot}</p>
          </Section>
        ) : null}
        <NodeChanges id={element.id} />
        <NodeProblems id={element.id} />
        <Panel element={element} />
        <Outputs element={element} />
      </div>
    </section>
  );
}

/** In a comparison: what became of this node, old and new. */
function NodeChanges({ id }: { id: string }) {
  const change = useEditor((state) => state.viewing?.comparison?.changes.find((each) => each.id === id));
  if (change === undefined) return null;
  return (
    <Section title={versionsText.changeList}>
      <Changes changes={[change]} />
    </Section>
  );
}

function Head({ element, isStill }: { element: RouteElement; isStill: boolean }) {
  const store = useEditorStore();
  const title = useEditor((state) => titleIn(shownDraft(state).document, element.id));
  const isPill = element.type === 'start' || element.type === 'end';
  return (
    <div className={classes.head}>
      <Tile meta={uiOf(element).meta(element)} size="lg" />
      <div className={classes.names}>
        <input
          className={classes.title}
          aria-label={text.inspector.title}
          data-field="title"
          placeholder={title}
          disabled={isStill}
          value={element.title ?? ''}
          maxLength={80}
          onChange={(event) => store.getState().dispatch({ type: 'set-title', id: element.id, title: event.currentTarget.value }, { group: `${element.id} title`, quiet: true })}
          onBlur={() => store.getState().endGroup()}
        />
        <div className={classes.kind}>{kindTitle(element)}</div>
      </div>
      {isPill || isStill ? null : (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={text.inspector.actions}>
              <IconDots size={16} stroke={1.75} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconLayersSubtract size={14} stroke={1.75} />} onClick={() => duplicateSelection(store)}>
              {text.inspector.duplicate}
            </Menu.Item>
            <Menu.Item leftSection={<IconCopy size={14} stroke={1.75} />} onClick={() => void copySelection(store)}>
              {text.inspector.copy}
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={14} stroke={1.75} />} onClick={() => removeSelection(store)}>
              {text.inspector.remove}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <ActionIcon
        aria-label={text.inspector.close}
        onClick={() => {
          leave(store);
          focusSoon({ kind: 'node', id: element.id });
        }}
      >
        <IconX size={16} stroke={1.75} />
      </ActionIcon>
    </div>
  );
}

function Several({ count }: { count: number }) {
  return (
    <section className={classes.inspector} aria-label={text.inspector.label}>
      <Section title={text.inspector.many(count)}>
        <p className={classes.prose}>{text.inspector.manyText}</p>
      </Section>
    </section>
  );
}

const FIELD = 'input:not([disabled]), textarea:not([disabled]), button:not([disabled]), [tabindex="0"]';

/** A problem, or Enter on a node, asks for a field: it is unfolded and gets the focus. */
function useFieldFocus(root: React.RefObject<HTMLElement | null>): void {
  const store = useEditorStore();
  const wanted = useEditor((state) => state.focusField);
  useEffect(() => {
    const panel = root.current;
    if (wanted === null || panel === null) return;
    store.getState().clearFocusField();
    const body = panel.querySelector<HTMLElement>(`.${CSS.escape(classes.body ?? '')}`) ?? panel;
    const field = wanted === 'first' ? body : fieldOf(panel, wanted);
    if (field === null) return;
    const target = field.matches(FIELD) ? field : (field.querySelector<HTMLElement>('input:not([disabled]):not([type=radio]), textarea:not([disabled])') ?? field.querySelector<HTMLElement>(FIELD));
    const fold = field.closest('[id]')?.id;
    const opener = fold === undefined ? null : panel.querySelector<HTMLElement>(`[data-more][aria-controls="${CSS.escape(fold)}"][aria-expanded="false"]`);
    const show = () => {
      target?.focus();
      target?.scrollIntoView({ block: 'nearest' });
    };
    opener?.click();
    // At once, so that the next key goes there; what is only being unfolded or drawn takes it a frame later.
    show();
    if (opener !== null || document.activeElement !== target) requestAnimationFrame(show);
  }, [wanted, store, root]);
}

/** The field itself, or the nearest thing that holds it: `properties.branches` for `properties.branches.0.weight`. */
function fieldOf(panel: HTMLElement, path: string): HTMLElement | null {
  for (let at = path; at !== ''; at = at.includes('.') ? at.slice(0, at.lastIndexOf('.')) : '') {
    const found = panel.querySelector<HTMLElement>(`[data-field="${CSS.escape(at)}"]`);
    if (found !== null) return found;
  }
  return null;
}
