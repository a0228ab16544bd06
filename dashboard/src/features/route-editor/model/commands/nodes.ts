import { routeEditorText as text } from '@/text/route-editor';

import { byId, endOf } from '../document';
import { kindTitle, outputOf, outputsOf, targetOf, titleOf } from '../element';
import { flowOrder, incomingOf, reachableFrom } from '../graph';
import { makeRoom, placeAlone, placeBehind, placeNear, withPosition } from '../layout/place';
import type { Draft, OutputRef, Point, RouteDocument, RouteElement } from '../types';
import type { Applied, Context, NewNode, Refused } from './command';
import { withTarget, withoutTarget } from './edges';
import { newElement, stemOf } from './new-node';

export function addNode(draft: Draft, { node, at, near, from }: { node: NewNode; at?: Point; near?: Point; from?: OutputRef }, context: Context): Applied | Refused {
  if (from !== undefined) return insertOnOutput(draft, from, node, context, at);
  const element = newElement(node, context.newId(stemOf(node.choice), draft.document));
  const withEnd = isModel(element) ? ensureEnd(draft, context) : draft;
  const document = wired(withElements(withEnd.document, [element]), element);
  const layout = at === undefined ? placeFree(document, withEnd.layout, element.id, near) : withPosition(withEnd.layout, element.id, at);
  return { draft: { document, layout }, said: text.said.added(kindTitle(element)), added: [element.id] };
}

function placeFree(document: RouteDocument, layout: Draft['layout'], id: string, near: Point | undefined): Draft['layout'] {
  return near === undefined ? placeAlone(document, layout, id) : placeNear(document, layout, id, near);
}

export function insertOnOutput(draft: Draft, from: OutputRef, node: NewNode, context: Context, at?: Point): Applied | Refused {
  const source = byId(draft.document).get(from.id);
  if (source === undefined || outputOf(source, from.output) === undefined) return { refused: text.refused.noSuchOutput };
  const element = newElement(node, context.newId(stemOf(node.choice), draft.document));
  const ready = isModel(element) ? ensureEnd(draft, context) : draft;
  return insertElement(ready, from, element, at);
}

/** Puts an element that has no edges yet between an output and where that leads. */
export function insertElement(draft: Draft, from: OutputRef, element: RouteElement, at?: Point): Applied {
  const source = byId(draft.document).get(from.id);
  const old = existing(draft.document, source && targetOf(source, from.output));
  const added = withElements(draft.document, [element]);
  const document = withTarget(wired(added, element, old), from, element.id);
  const layout = placed(draft, document, from, element.id, old, at);
  const kind = kindTitle(element);
  const fromTitle = titleOf(document, from.id);
  const said = old === undefined ? text.said.insertedAfter(kind, fromTitle) : text.said.insertedBetween(kind, fromTitle, titleOf(document, old));
  return { draft: { document, layout }, said, added: [element.id] };
}

export function deleteNodes(draft: Draft, ids: readonly string[]): Applied | Refused {
  const gone = new Set(ids.filter((id) => byId(draft.document).has(id)));
  const kept = keptEnds(draft.document, gone);
  for (const id of kept.ids) gone.delete(id);
  if (gone.size === 0) return { refused: kept.reason ?? text.refused.nothingToDelete };
  const said = gone.size === 1 ? text.said.deleted(titleOf(draft.document, [...gone][0] ?? '')) : text.said.deletedMany(gone.size);
  const next = focusAfter(draft.document, gone);
  const document = without(draft.document, gone);
  const nodes = Object.fromEntries(Object.entries(draft.layout.nodes).filter(([id]) => !gone.has(id)));
  return { draft: { document, layout: { ...draft.layout, nodes } }, said, ...(next === undefined ? {} : { next }) };
}

export function moveBehind(draft: Draft, id: string, from: OutputRef): Applied | Refused {
  const element = byId(draft.document).get(id);
  if (element === undefined) return { refused: text.refused.noSuchNode };
  if (element.type === 'start' || element.type === 'end') return { refused: element.type === 'start' ? text.refused.keepStart : text.refused.keepEnd };
  if (from.id === id) return { refused: text.refused.intoItself };
  const source = byId(draft.document).get(from.id);
  if (source === undefined || outputOf(source, from.output) === undefined) return { refused: text.refused.noSuchOutput };
  if (targetOf(source, from.output) === id) return { refused: text.refused.leadsNowhere };
  const { [id]: _, ...nodes } = draft.layout.nodes;
  const rest: Draft = { document: without(draft.document, new Set([id])), layout: { ...draft.layout, nodes } };
  const detached = detach(element, rest.document, from.id);
  const inserted = insertElement(rest, from, detached);
  return { ...inserted, said: text.said.movedBehind(titleOf(inserted.draft.document, id), titleOf(inserted.draft.document, from.id)) };
}

/** Later outputs stay where they led, unless that would now lead back. */
function detach(element: RouteElement, document: RouteDocument, behind: string): RouteElement {
  const first = outputsOf(element)[0]?.name;
  const outputs = Object.entries(element.outputs).filter(([name, { elementId }]) => name !== first && !reachableFrom(document, elementId).has(behind));
  return { ...element, outputs: Object.fromEntries(outputs) };
}

/**
 * The old target moves to the first output of the new node. A model's *Success* leads to End; what came after it becomes
 * its *On failure*, since another model behind *Success* could never deploy (E13).
 */
function wired(document: RouteDocument, element: RouteElement, old?: string): RouteDocument {
  const [first] = outputsOf(element);
  if (first === undefined) return document;
  const id = element.id;
  if (!isModel(element)) return old === undefined ? document : withTarget(document, { id, output: first.name }, old);
  const oldKind = old === undefined ? undefined : byId(document).get(old)?.type;
  const end = oldKind === 'end' ? old : endOf(document)?.id;
  const toEnd = end === undefined ? document : withTarget(document, { id, output: 'success' }, end);
  const isFree = old !== undefined && oldKind !== 'end' && targetOf(element, 'fallback') === undefined;
  return isFree ? withTarget(toEnd, { id, output: 'fallback' }, old) : toEnd;
}

/** A flow without an End gets one, so that a new model has somewhere to lead. */
function ensureEnd(draft: Draft, context: Context): Draft {
  if (endOf(draft.document) !== undefined) return draft;
  const end: RouteElement = { id: context.newId('end', draft.document), type: 'end', outputs: {} };
  const document = withElements(draft.document, [end]);
  return { document, layout: placeAlone(document, draft.layout, end.id) };
}

function placed(draft: Draft, document: RouteDocument, from: OutputRef, id: string, old: string | undefined, at: Point | undefined): Draft['layout'] {
  if (at !== undefined) return withPosition(draft.layout, id, at);
  return old === undefined ? placeBehind(document, draft.layout, from, id) : makeRoom(document, draft.layout, from, id, old);
}

/** Elements without some; what led to them leads on to where their first output led. */
function without(document: RouteDocument, gone: ReadonlySet<string>): RouteDocument {
  const elements = byId(document);
  const heir = (id: string): string | undefined => {
    const passed = new Set<string>();
    let at: string | undefined = id;
    while (at !== undefined && gone.has(at)) {
      if (passed.has(at)) return undefined;
      passed.add(at);
      const element = elements.get(at);
      const [first] = element === undefined ? [] : outputsOf(element);
      at = element && first && existing(document, targetOf(element, first.name));
    }
    return at;
  };
  let after = document;
  for (const id of gone) {
    for (const from of incomingOf(document, id).filter((output) => !gone.has(output.id))) {
      const to = heir(id);
      after = to === undefined ? withoutTarget(after, from) : withTarget(after, from, to);
    }
  }
  return { ...after, elements: after.elements.filter((element) => !gone.has(element.id)) };
}

/** Start stays, and one End: nothing in the palette would bring them back. */
function keptEnds(document: RouteDocument, gone: ReadonlySet<string>): { ids: string[]; reason?: string } {
  const starts = document.elements.filter(({ type, id }) => type === 'start' && gone.has(id)).map(({ id }) => id);
  const ends = document.elements.filter(({ type }) => type === 'end').map(({ id }) => id);
  const lastEnd = ends.length > 0 && ends.every((id) => gone.has(id)) ? ends.slice(0, 1) : [];
  const reason = starts.length > 0 ? text.refused.keepStart : lastEnd.length > 0 ? text.refused.keepEnd : undefined;
  return { ids: [...starts, ...lastEnd], ...(reason === undefined ? {} : { reason }) };
}

/** Focus is never lost after a deletion: it goes to the node before, in flow order. */
function focusAfter(document: RouteDocument, gone: ReadonlySet<string>): string | undefined {
  const order = flowOrder(document);
  const at = order.findIndex((id) => gone.has(id));
  return order.slice(0, at).reverse().find((id) => !gone.has(id)) ?? order.find((id) => !gone.has(id));
}

export function withElements(document: RouteDocument, added: readonly RouteElement[]): RouteDocument {
  const { elements } = document;
  // End stays last in the text, where people look for it.
  const last = elements.at(-1)?.type === 'end' && added.every(({ type }) => type !== 'end') ? elements.length - 1 : elements.length;
  return { ...document, elements: elements.toSpliced(last, 0, ...added) };
}

function existing(document: RouteDocument, id: string | undefined): string | undefined {
  return id !== undefined && byId(document).has(id) ? id : undefined;
}

function isModel(element: RouteElement): boolean {
  return element.type === 'model';
}
