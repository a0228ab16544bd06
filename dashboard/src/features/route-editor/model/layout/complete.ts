import { byId } from '../document';
import { incomingOf } from '../graph';
import type { Draft, Layout, Point, RouteDocument } from '../types';
import { missingPlaces, placeAlone, placeBehind } from './place';
import { tidyLayout } from './tidy';

/**
 * A place for every card and for nothing else. A flow that comes without any position is laid out; in one that has some,
 * cards that are new are put near what leads to them, and nothing that has a place moves.
 */
export function completeLayout(document: RouteDocument, known: Partial<Layout>): Layout {
  const elements = byId(document);
  const nodes = Object.fromEntries(Object.entries(known.nodes ?? {}).filter(([id]) => elements.has(id)));
  let layout: Layout = { direction: known.direction ?? 'tb', nodes };
  if (Object.keys(nodes).length === 0) return tidyLayout(document, layout.direction);
  // Those behind placed cards first, so that a new chain grows from where it hangs.
  for (let missing = missingPlaces(document, layout); missing.length > 0; missing = missingPlaces(document, layout)) {
    const placed = new Set(Object.keys(layout.nodes));
    const hanging = missing.map((id) => ({ id, from: incomingOf(document, id).find((output) => placed.has(output.id)) }));
    const next = hanging.find(({ from }) => from !== undefined) ?? hanging[0];
    if (next === undefined) break;
    layout = next.from === undefined ? placeAlone(document, layout, next.id) : placeBehind(document, layout, next.from, next.id);
  }
  return layout;
}

/**
 * Places for a flow that is only looked at: those of the draft where it knows every card. Otherwise all of it is laid out,
 * since a card that was put beside the others would seem to stand outside of the flow.
 */
export function shownLayout(document: RouteDocument, known: Layout): Layout {
  return missingPlaces(document, known).length > 0 ? tidyLayout(document, known.direction) : completeLayout(document, known);
}

export function newDraft(document: RouteDocument, layout: Partial<Layout> = {}): Draft {
  return { document, layout: completeLayout(document, layout) };
}

/**
 * The same cards after the text was edited. One whose id was typed anew is still the same card: it stands at the same
 * place in the text, and its old id is gone.
 */
export function carriedLayout(before: Draft, document: RouteDocument): Layout {
  const nodes = new Map<string, Point>(Object.entries(before.layout.nodes));
  const ids = byId(document);
  document.elements.forEach(({ id }, at) => {
    const old = before.document.elements[at]?.id;
    const place = old === undefined || ids.has(old) ? undefined : nodes.get(old);
    if (place !== undefined && !nodes.has(id)) nodes.set(id, place);
  });
  return completeLayout(document, { ...before.layout, nodes: Object.fromEntries(nodes) });
}
