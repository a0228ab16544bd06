import { byId } from './document';
import { kindTitle, outputsOf, targetOf, titles } from './element';
import { edgesOf, flowOrder, incomingOf } from './graph';
import { sentence } from './sentence';
import type { OutputRef, OutputSpec, Piece, RouteDocument, RouteElement } from './types';

/** One output of an outline item, and what hangs below it. */
export interface OutlineOutput {
  spec: OutputSpec;
  /** The element it leads to, where it is listed right here. */
  item: OutlineItem | null;
  /** The element it leads to, listed elsewhere. */
  reference: { id: string; number: string; title: string } | null;
}

/** A route as nested text: "1 Condition … / True → 1.1 Budget limit …". */
export interface OutlineItem {
  id: string;
  /** "1.2"; empty for Start and End. */
  number: string;
  element: RouteElement;
  kind: string;
  title: string;
  pieces: Piece[];
  depth: number;
  outputs: OutlineOutput[];
  /** Nothing leads here from Start. */
  isLoose: boolean;
}

/**
 * Every element once, on the way to it with the fewest detours, and the shortest of these; other ways refer to its number. What hangs behind an output
 * is numbered below its element: 1, 1.1, 1.2. End stands last, and is only referred to.
 */
export function outline(document: RouteDocument): OutlineItem[] {
  const elements = byId(document);
  const names = titles(document);
  const order = flowOrder(document);
  const homes = homesOf(document, order);
  const items = new Map<string, OutlineItem>();
  const loose = (id: string): boolean => elements.get(id)?.type !== 'start';

  const visit = (id: string, depth: number, isLoose: boolean): OutlineItem | null => {
    const element = elements.get(id);
    if (element === undefined || items.has(id)) return null;
    const item: OutlineItem = { id, number: '', element, kind: kindTitle(element), title: names.get(id) ?? id, pieces: sentence(element), depth, outputs: [], isLoose };
    items.set(id, item);
    for (const spec of outputsOf(element)) {
      const target = targetOf(element, spec.name);
      const home = target === undefined ? undefined : homes.get(target);
      const isHome = target !== undefined && home?.id === id && home.output === spec.name;
      item.outputs.push({ spec, item: isHome ? visit(target, depth + 1, isLoose) : null, reference: null });
    }
    return item;
  };

  const isEnd = (id: string): boolean => elements.get(id)?.type === 'end';
  const starts = order.filter((id) => !loose(id));
  // What nothing leads to comes after the flow, each piece from where it begins.
  const heads = order.filter((id) => loose(id) && !isEnd(id) && incomingOf(document, id).length === 0);
  const ends = order.filter(isEnd);
  const roots = [...starts, ...heads, ...order.filter((id) => !isEnd(id)), ...ends].flatMap((id) => visit(id, 0, !starts.includes(id) && !isEnd(id)) ?? []);
  number(roots);
  for (const item of items.values()) refer(item, items, elements);
  return roots;
}

/** The output below which an element is listed. End has none: it would stand below everything. */
function homesOf(document: RouteDocument, order: readonly string[]): Map<string, OutputRef> {
  const elements = byId(document);
  const edges = edgesOf(document).filter(({ to }) => elements.get(to)?.type !== 'end');
  const homes = new Map<string, OutputRef>();
  const settled = new Set<string>();
  // The nearest one that is not settled yet, as on a map: a detour counts for more than any number of plain steps.
  for (const head of order) {
    const distance = new Map<string, number>(settled.has(head) ? [] : [[head, 0]]);
    for (;;) {
      const open = [...distance].filter(([id]) => !settled.has(id));
      if (open.length === 0) break;
      const [id, soFar] = open.reduce((near, each) => (each[1] < near[1] ? each : near));
      settled.add(id);
      for (const { from, to, spec } of edges) {
        const far = soFar + (spec.isDetour ? order.length : 1);
        if (from.id !== id || settled.has(to) || far >= (distance.get(to) ?? Infinity)) continue;
        distance.set(to, far);
        homes.set(to, from);
      }
    }
  }
  return homes;
}

/** Items in the order they are read. */
export function flatOutline(items: readonly OutlineItem[]): OutlineItem[] {
  return items.flatMap((item) => [item, ...flatOutline(item.outputs.flatMap((output) => output.item ?? []))]);
}

/** Start and End have no number; what Start leads to is 1. */
function number(roots: readonly OutlineItem[]): void {
  let next = 1;
  const count = (item: OutlineItem, own: string): void => {
    item.number = own;
    const children = item.outputs.flatMap((output) => output.item ?? []);
    children.forEach((child, at) => count(child, own === '' ? String(next++) : `${own}.${at + 1}`));
  };
  for (const root of roots) count(root, root.element.type === 'start' || root.element.type === 'end' ? '' : String(next++));
}

function refer(item: OutlineItem, items: ReadonlyMap<string, OutlineItem>, elements: ReadonlyMap<string, RouteElement>): void {
  for (const output of item.outputs) {
    if (output.item !== null) continue;
    const target = targetOf(item.element, output.spec.name);
    const found = target !== undefined && elements.has(target) ? items.get(target) : undefined;
    if (found !== undefined) output.reference = { id: found.id, number: found.number, title: found.title };
  }
}
