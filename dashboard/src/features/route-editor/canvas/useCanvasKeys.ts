import { useReactFlow } from '@xyflow/react';
import type { KeyboardEvent } from 'react';

import { elementOf } from '../model';
import { type EditorStore, useEditorStore } from '../store';
import { leave, moveSelection, outputToConnect, pick, removeSelection } from './acts';
import { type Stop, elementAt, focusStop, isSameStop, rove, stopAt, stopsOf } from './focus';
import { isArrow, neighbour } from './neighbour';
import { type CanvasUi, useUiStore } from './ui';

/** Keys of the canvas itself; those of the whole editor are with its page. */
export function useCanvasKeys(isReadOnly: boolean): (event: KeyboardEvent<HTMLElement>) => void {
  const store = useEditorStore();
  const ui = useUiStore();
  const { setCenter, getZoom } = useReactFlow();
  return (event) => {
    const root = event.currentTarget;
    const stop = stopAt(event.target);
    if (stop === null || event.defaultPrevented) return;
    const isHandled = act({ event, root, stop, store, ui, isReadOnly });
    if (!isHandled) return;
    event.preventDefault();
    event.stopPropagation();
    const now = stopAt(document.activeElement);
    if (now !== null && !isSameStop(now, stop)) reveal(root, now, (x, y) => void setCenter(x, y, { zoom: getZoom() }), getZoom());
  };
}

interface Press {
  event: KeyboardEvent<HTMLElement>;
  root: HTMLElement;
  stop: Stop;
  store: EditorStore;
  ui: CanvasUi;
  isReadOnly: boolean;
}

function act(press: Press): boolean {
  const { event, root, stop, store, isReadOnly } = press;
  if (event.key === 'Tab') return tab(press);
  if (event.ctrlKey || event.metaKey) return false;
  if (isArrow(event.key)) {
    if (event.altKey) {
      if (isReadOnly || stop.kind !== 'node') return false;
      if (!store.getState().selection.nodes.has(stop.id)) pick(store, [stop.id]);
      moveSelection(store, event.key, event.shiftKey);
      return true;
    }
    const { draft, viewing } = store.getState();
    const to = neighbour(viewing?.draft ?? draft, stop.id, event.key);
    if (to === null) return true;
    focusStop({ kind: 'node', id: to }, root);
    pick(store, [to]);
    return true;
  }
  if (event.altKey) return false;
  switch (event.key) {
    case 'Enter':
    case ' ':
      return enter(press);
    case 'Escape':
      leave(store);
      return true;
    case 'Delete':
    case 'Backspace':
      if (isReadOnly) return false;
      if (stop.kind === 'output') store.getState().selectEdge({ id: stop.id, output: stop.output });
      else if (!store.getState().selection.nodes.has(stop.id)) pick(store, [stop.id]);
      removeSelection(store);
      return true;
    case 'c':
      return connect(press);
    default:
      return false;
  }
}

/** Nodes in the order of the flow, each with its outputs; past the last one, on to what follows the canvas. */
function tab({ event, root, stop, store }: Press): boolean {
  const { draft, viewing } = store.getState();
  const stops = stopsOf((viewing?.draft ?? draft).document);
  const at = stops.findIndex((each) => isSameStop(each, stop));
  if (at < 0) return false;
  const ahead = event.shiftKey ? stops.slice(0, at).reverse() : stops.slice(at + 1);
  // Outputs have no "+" where nothing can be added.
  const element = ahead.map((next) => elementAt(root, next)).find((found) => found !== null);
  if (element === undefined) return false;
  rove(root, element);
  element.focus({ preventScroll: true });
  return true;
}

function enter({ stop, store, event, root }: Press): boolean {
  if (stop.kind === 'output') return false;
  if (event.shiftKey) {
    store.getState().toggle(stop.id);
    return true;
  }
  if (elementOf((store.getState().viewing?.draft ?? store.getState().draft).document, stop.id) === undefined) return false;
  void root;
  store.getState().edit(stop.id, 'first');
  return true;
}

function connect({ stop, store, ui, root, isReadOnly }: Press): boolean {
  if (isReadOnly) return false;
  const from = stop.kind === 'output' ? { id: stop.id, output: stop.output } : outputToConnect(store, stop.id);
  if (from === null) return false;
  const box = elementAt(root, { kind: 'output', ...from })?.getBoundingClientRect();
  ui.getState().openMenu({ from, mode: 'connect', anchor: { x: (box?.left ?? 200) + (box?.width ?? 0) / 2, y: box?.bottom ?? 200 } });
  return true;
}

const MARGIN = 24;

/** Brings what has the focus into sight, and moves nothing while it is. */
function reveal(root: HTMLElement, stop: Stop, centre: (x: number, y: number) => void, zoom: number): void {
  const element = elementAt(root, stop);
  if (element === null) return;
  const frame = root.getBoundingClientRect();
  const box = element.getBoundingClientRect();
  const isSeen = box.left >= frame.left + MARGIN && box.right <= frame.right - MARGIN && box.top >= frame.top + MARGIN && box.bottom <= frame.bottom - MARGIN;
  if (isSeen) return;
  const viewport = root.querySelector<HTMLElement>('.react-flow__viewport');
  if (viewport === null) return;
  const origin = viewport.getBoundingClientRect();
  centre((box.left + box.width / 2 - origin.left) / zoom, (box.top + box.height / 2 - origin.top) / zoom);
}
