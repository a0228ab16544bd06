/** Focus on the canvas: one tab stop that roves over nodes and outputs in the order of the flow. */
import { type RouteDocument, flowOrder, elementOf, outputsOf } from '../model';

export type Stop = { kind: 'node'; id: string } | { kind: 'output'; id: string; output: string };

/** Each node, then its outputs. */
export function stopsOf(document: RouteDocument): Stop[] {
  return flowOrder(document).flatMap((id): Stop[] => {
    const element = elementOf(document, id);
    if (element === undefined) return [];
    return [{ kind: 'node', id }, ...outputsOf(element).map(({ name }): Stop => ({ kind: 'output', id, output: name }))];
  });
}

/** What a DOM element inside the canvas stands for. */
export function stopAt(target: EventTarget | null): Stop | null {
  const element = target instanceof Element ? target : null;
  const node = element?.closest<HTMLElement>('[data-node]')?.dataset.node;
  if (node !== undefined) return { kind: 'node', id: node };
  const out = element?.closest<HTMLElement>('[data-out]')?.dataset.out;
  if (out === undefined) return null;
  const [id = '', output = ''] = out.split('\n');
  return { kind: 'output', id, output };
}

export function elementAt(root: ParentNode, stop: Stop): HTMLElement | null {
  const attribute = stop.kind === 'node' ? `[data-node="${CSS.escape(stop.id)}"]` : `[data-out="${CSS.escape(stop.id)}\\a ${CSS.escape(stop.output)}"]`;
  return root.querySelector<HTMLElement>(attribute);
}

export function isSameStop(a: Stop, b: Stop): boolean {
  return a.kind === b.kind && a.id === b.id && (a.kind === 'node' || (b.kind === 'output' && a.output === b.output));
}

/** Moves the focus; the canvas then shows the place. */
export function focusStop(stop: Stop, root: ParentNode = document): void {
  elementAt(root, stop)?.focus({ preventScroll: true });
}

/** How long something may take to be drawn before nobody waits for the focus any more. */
const FRAMES_MAX = 60;
let asked = 0;

/**
 * As soon as what was just added stands in the document, so that the next key already goes there: mostly before the next
 * event, else in one of the next frames. The newest wish counts, and whoever goes elsewhere meanwhile stays there.
 */
export function focusSoon(stop: Stop): void {
  const mine = (asked += 1);
  const before = document.activeElement;
  let frames = 0;
  const attempt = () => {
    const now = document.activeElement;
    if (mine !== asked) return;
    const wanted = elementAt(document, stop);
    if (now !== wanted && now !== before && now !== document.body) return;
    wanted?.focus({ preventScroll: true });
    // Until the next frame it may still be replaced: the "+" of an edge that ends is not the one of the open output.
    const isThere = wanted !== null && wanted === now;
    if (!isThere && (frames += 1) <= FRAMES_MAX) requestAnimationFrame(attempt);
  };
  queueMicrotask(attempt);
}

/** Only one element can be reached with Tab: the one that last had the focus, at first the first. */
export function rove(root: HTMLElement, to?: HTMLElement): void {
  const all = [...root.querySelectorAll<HTMLElement>('[data-node], [data-out]')];
  const chosen = to ?? all.find((element) => element.tabIndex === 0) ?? all.find((element) => element.dataset.node !== undefined);
  for (const element of all) {
    const wanted = element === chosen ? 0 : -1;
    if (element.tabIndex !== wanted) element.tabIndex = wanted;
  }
}

/** One tab stop, as soon as there is a node to carry it. */
export function ensureTabStop(root: HTMLElement): void {
  if (root.querySelector('[data-node][tabindex="0"], [data-out][tabindex="0"]') === null) rove(root);
}
