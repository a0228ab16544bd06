import { routeEditorText as text } from '@/text/route-editor';

import { byId, positionOf } from '../document';
import { placeAlone, withPosition } from '../layout/place';
import type { Draft, Layout, Point, RouteDocument, RouteElement, RouteOutput } from '../types';
import type { Applied, Context, Refused } from './command';
import { stemOfId } from './id';
import { withElements } from './nodes';

const OFFSET = 40;

/** Copies of elements under new ids. Edges among them are kept; edges to others end open. */
export function paste(draft: Draft, elements: readonly RouteElement[], positions: Record<string, Point>, at: Point | undefined, context: Context): Applied | Refused {
  const copies = copiesOf(draft.document, elements, context);
  if (copies.length === 0) return { refused: text.refused.nothingToPaste };
  const document = withElements(draft.document, copies.map(({ element }) => element));
  const added = copies.map(({ element }) => element.id);
  const layout = placedCopies(document, draft.layout, copies, positions, at);
  return { draft: { document, layout }, said: text.said.pasted(added.length), added };
}

export function duplicate(draft: Draft, ids: readonly string[], context: Context): Applied | Refused {
  const chosen = new Set(ids);
  const elements = draft.document.elements.filter(({ id }) => chosen.has(id));
  const result = paste(draft, elements, draft.layout.nodes, undefined, context);
  return 'refused' in result ? result : { ...result, said: text.said.duplicated(result.added?.length ?? 0) };
}

interface Copy {
  old: string;
  element: RouteElement;
}

/** Start is never copied, and End only where the flow has none: a flow needs one of each. */
function copiesOf(document: RouteDocument, elements: readonly RouteElement[], context: Context): Copy[] {
  const end = document.elements.find(({ type }) => type === 'end')?.id;
  const chosen = elements.filter(({ type }) => type !== 'start' && (type !== 'end' || end === undefined));
  const ids = new Map<string, string>();
  if (end !== undefined) for (const { id, type } of elements) if (type === 'end') ids.set(id, end);
  let taken = document;
  for (const element of chosen) {
    const id = context.newId(stemOfId(element.id), taken);
    ids.set(element.id, id);
    taken = { ...taken, elements: [...taken.elements, { id, type: '', outputs: {} }] };
  }
  return chosen.map((element) => ({ old: element.id, element: { ...structuredClone(element), id: ids.get(element.id) ?? element.id, outputs: innerOutputs(element, ids) } }));
}

function innerOutputs(element: RouteElement, ids: ReadonlyMap<string, string>): Record<string, RouteOutput> {
  const kept = Object.entries(element.outputs).flatMap(([name, output]): [string, RouteOutput][] => {
    const to = ids.get(output.elementId);
    return to === undefined ? [] : [[name, { ...output, elementId: to }]];
  });
  return Object.fromEntries(kept);
}

function placedCopies(document: RouteDocument, layout: Layout, copies: readonly Copy[], positions: Record<string, Point>, at: Point | undefined): Layout {
  const known = copies.flatMap(({ old, element }) => {
    const point = positionOf({ ...layout, nodes: positions }, old);
    return point === undefined ? [] : [{ id: element.id, point }];
  });
  const corner: Point = [Math.min(...known.map(({ point }) => point[0])), Math.min(...known.map(({ point }) => point[1]))];
  const [toX, toY] = at ?? freeCorner(layout, known.map(({ point }) => point), corner);
  let placed = layout;
  for (const { id, point } of known) placed = withPosition(placed, id, [point[0] - corner[0] + toX, point[1] - corner[1] + toY]);
  for (const { element } of copies) if (!byId(document).has(element.id) || positionOf(placed, element.id) === undefined) placed = placeAlone(document, placed, element.id);
  return placed;
}

/** Right below what was copied, and further on each time the place is taken already. */
function freeCorner(layout: Layout, points: readonly Point[], corner: Point): Point {
  const taken = new Set(Object.values(layout.nodes).map((point) => point.join()));
  for (let offset = OFFSET; ; offset += OFFSET) {
    const isFree = points.every(([x, y]) => !taken.has([x + offset, y + offset].join()));
    if (isFree) return [corner[0] + offset, corner[1] + offset];
  }
}
