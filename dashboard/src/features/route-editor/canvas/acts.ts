/** Acts that canvas, toolbar, menus and keys share. */
import { BIG_STEP, type NewNode, type NodeChoice, type OutputRef, type Point, STEP, copy, flowOrder, middleBehind, outputsOf, elementOf, parseClipboard, positionOf, targetOf } from '../model';
import { canvasText as text } from '@/text/editor-canvas';

import type { EditorStore } from '../store';
import { focusSoon } from './focus';
import { type Arrow, stepOf } from './neighbour';

/** Selecting opens the inspector, except where another panel is open: that one stays. */
export function pick(store: EditorStore, ids: Iterable<string>): void {
  const chosen = [...ids];
  const { panel, select, setPanel } = store.getState();
  select(chosen);
  if (chosen.length > 0 && panel === 'none') setPanel('inspector');
  if (chosen.length === 0 && panel === 'inspector') setPanel('none');
}

export function leave(store: EditorStore): void {
  pick(store, []);
}

interface AddOptions {
  from?: OutputRef | null | undefined;
  at?: Point | undefined;
  /** Where somebody looks, for a node that is added on its own: behind the selected one comes first. */
  centre?: Point | undefined;
}

/** A node on an output, on a selected edge, or alone; it gets the focus. */
export function addNode(store: EditorStore, choice: NodeChoice, options: AddOptions = {}): void {
  const { dispatch, selection } = store.getState();
  const node: NewNode = { choice };
  const from = options.from ?? (options.at === undefined ? selection.edge : null);
  const isDropped = options.at !== undefined;
  const result =
    from === null || from === undefined
      ? dispatch({ type: 'add-node', node, ...placeOf(store, options) })
      : isDropped
        ? dispatch({ type: 'add-node', node, at: options.at as Point, from })
        : dispatch({ type: 'insert-on-output', from, node });
  if ('refused' in result) return;
  const added = result.added?.[0];
  if (added === undefined) return;
  pick(store, [added]);
  focusSoon({ kind: 'node', id: added });
}

function placeOf(store: EditorStore, { at, centre }: AddOptions): { at: Point } | { near: Point } | object {
  if (at !== undefined) return { at };
  const { selection, draft } = store.getState();
  const [only] = selection.nodes;
  const near = (selection.nodes.size === 1 && only !== undefined ? middleBehind(draft.document, draft.layout, only) : undefined) ?? centre;
  return near === undefined ? {} : { near };
}

export function removeSelection(store: EditorStore): void {
  const { selection, dispatch } = store.getState();
  if (selection.edge !== null) {
    const { edge } = selection;
    const result = dispatch({ type: 'disconnect', from: edge });
    if (!('refused' in result)) focusSoon({ kind: 'output', ...edge });
    return;
  }
  const result = dispatch({ type: 'delete-nodes', ids: [...selection.nodes] });
  if ('refused' in result) return;
  if (result.next !== undefined) focusSoon({ kind: 'node', id: result.next });
}

export function moveSelection(store: EditorStore, key: Arrow, isBig: boolean): void {
  const { selection, draft, dispatch } = store.getState();
  const [dx, dy] = stepOf(key, isBig ? BIG_STEP : STEP);
  const positions = [...selection.nodes].flatMap((id): [string, Point][] => {
    const at = positionOf(draft.layout, id);
    return at === undefined ? [] : [[id, [at[0] + dx, at[1] + dy]]];
  });
  if (positions.length > 0) dispatch({ type: 'move-nodes', positions: Object.fromEntries(positions) }, { group: `move ${[...selection.nodes].join()}` });
}

/** `isTaken`: the browser's own copy already holds it. */
export async function copySelection(store: EditorStore, isTaken = false): Promise<void> {
  const { selection, draft, viewing, announce } = store.getState();
  if (selection.nodes.size === 0) return;
  announce(text.copied(selection.nodes.size));
  if (!isTaken) await navigator.clipboard?.writeText(copy(viewing?.draft ?? draft, selection.nodes)).catch(() => undefined);
}

export function pasteText(store: EditorStore, clipboard: string): void {
  const { dispatch, announce } = store.getState();
  const clipping = parseClipboard(clipboard);
  if (clipping === null) return announce(text.noClipboard);
  focusAdded(store, dispatch({ type: 'paste', elements: clipping.elements, positions: clipping.positions }));
}

export function duplicateSelection(store: EditorStore): void {
  const { selection, dispatch } = store.getState();
  focusAdded(store, dispatch({ type: 'duplicate', ids: [...selection.nodes] }));
}

function focusAdded(store: EditorStore, result: ReturnType<ReturnType<EditorStore['getState']>['dispatch']>): void {
  if ('refused' in result || result.added === undefined) return;
  pick(store, result.added);
  const [first] = result.added;
  if (first !== undefined) focusSoon({ kind: 'node', id: first });
}

/** The output of a node that `c` connects: its first open one, else its first. */
export function outputToConnect(store: EditorStore, id: string): OutputRef | null {
  const { document } = store.getState().draft;
  const element = elementOf(document, id);
  if (element === undefined) return null;
  const outputs = outputsOf(element);
  const chosen = outputs.find(({ name }) => targetOf(element, name) === undefined) ?? outputs[0];
  return chosen === undefined ? null : { id, output: chosen.name };
}

/** The first node of the flow, where the keyboard enters. */
export function firstNode(store: EditorStore): string | undefined {
  return flowOrder(store.getState().draft.document)[0];
}
