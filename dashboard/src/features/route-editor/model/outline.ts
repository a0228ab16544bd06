import { byId } from './document';
import { kindTitle, outputsOf, targetOf, titles } from './element';
import { flowOrder, incomingOf } from './graph';
import { sentence } from './sentence';
import type { OutputSpec, Piece, RouteDocument, RouteElement } from './types';

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
 * Every element once, where the flow comes to it first; other ways to it refer to its number. A way that goes on without a
 * choice goes on at the same depth of numbers: 1, 2, 3; behind a choice numbers nest: 1.1, 1.2.
 */
export function outline(document: RouteDocument): OutlineItem[] {
  const elements = byId(document);
  const names = titles(document);
  const items = new Map<string, OutlineItem>();
  const loose = (id: string): boolean => elements.get(id)?.type !== 'start';

  const visit = (id: string, depth: number, isLoose: boolean): OutlineItem | null => {
    const element = elements.get(id);
    if (element === undefined || items.has(id)) return null;
    const item: OutlineItem = { id, number: '', element, kind: kindTitle(element), title: names.get(id) ?? id, pieces: sentence(element), depth, outputs: [], isLoose };
    items.set(id, item);
    for (const spec of outputsOf(element)) {
      const target = targetOf(element, spec.name);
      item.outputs.push({ spec, item: target === undefined ? null : visit(target, depth + 1, isLoose), reference: null });
    }
    return item;
  };

  const order = flowOrder(document);
  const starts = order.filter((id) => !loose(id));
  // What nothing leads to comes last, each piece from where it begins.
  const heads = order.filter((id) => loose(id) && incomingOf(document, id).length === 0);
  const roots = [...starts, ...heads, ...order].flatMap((id) => visit(id, 0, !starts.includes(id)) ?? []);
  number(roots);
  for (const item of items.values()) refer(item, items, elements);
  return roots;
}

/** Items in the order they are read. */
export function flatOutline(items: readonly OutlineItem[]): OutlineItem[] {
  return items.flatMap((item) => [item, ...flatOutline(item.outputs.flatMap((output) => output.item ?? []))]);
}

function number(roots: readonly OutlineItem[]): void {
  let next = 1;
  const count = (item: OutlineItem, own: string): void => {
    const isCounted = item.element.type !== 'start' && item.element.type !== 'end';
    item.number = isCounted ? own : '';
    const children = item.outputs.flatMap((output) => output.item ?? []).filter(({ element }) => element.type !== 'end');
    children.forEach((child, at) => count(child, isCounted ? `${own}.${at + 1}` : String(next++)));
    for (const output of item.outputs) if (output.item?.element.type === 'end') count(output.item, '');
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
