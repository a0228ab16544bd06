import { routeEditorText as text } from '@/text/route-editor';

import { byId, withElement } from '../document';
import { outputOf, targetOf, titleOf } from '../element';
import { whyNot } from '../graph';
import { withEntry, withoutEntry } from '../own';
import { asNamedSplit, isNamedSplit } from '../split';
import type { Draft, OutputRef, RouteDocument, RouteElement } from '../types';
import type { Applied, Refused } from './command';

export function connect(draft: Draft, from: OutputRef, to: string): Applied | Refused {
  const { document } = draft;
  const element = byId(document).get(from.id);
  const spec = element && outputOf(element, from.output);
  if (element === undefined || spec === undefined) return { refused: text.refused.noSuchOutput };
  const reason = whyNot(document, from.id, to);
  if (reason !== null) return { refused: reason };
  const after = withTarget(document, from, to);
  return { draft: { ...draft, document: after }, said: text.said.connected(titleOf(after, from.id), spec.label, titleOf(after, to)) };
}

export function disconnect(draft: Draft, from: OutputRef): Applied | Refused {
  const element = byId(draft.document).get(from.id);
  if (element === undefined || targetOf(element, from.output) === undefined) return { refused: text.refused.noSuchOutput };
  const label = outputOf(element, from.output)?.label ?? from.output;
  const document = withoutTarget(draft.document, from);
  return { draft: { ...draft, document }, said: text.said.disconnected(titleOf(document, from.id), label) };
}

export function reattach(draft: Draft, from: OutputRef, output: OutputRef | undefined, to: string | undefined): Applied | Refused {
  const element = byId(draft.document).get(from.id);
  const target = to ?? (element && targetOf(element, from.output));
  if (target === undefined) return { refused: text.refused.noSuchOutput };
  const begin = output ?? from;
  const isSameBegin = begin.id === from.id && begin.output === from.output;
  return connect({ ...draft, document: isSameBegin ? draft.document : withoutTarget(draft.document, from) }, begin, target);
}

/** The same document with an output leading somewhere else. Other members of the output are kept. */
export function withTarget(document: RouteDocument, from: OutputRef, to: string): RouteDocument {
  return withElement(document, from.id, (element) => {
    const before = Object.hasOwn(element.outputs, from.output) ? element.outputs[from.output] : undefined;
    return { ...element, outputs: withEntry(element.outputs, from.output, { ...before, elementId: to }) };
  });
}

export function withoutTarget(document: RouteDocument, from: OutputRef): RouteDocument {
  return withElement(document, from.id, (element) => {
    const keeping = keepsBranch(element, from.output) ? asNamedSplit(element) : element;
    return { ...keeping, outputs: withoutEntry(keeping.outputs, from.output) };
  });
}

/** A branch that is only an output named by its share would be gone with its edge. */
function keepsBranch(element: RouteElement, output: string): boolean {
  return element.type === 'percentage' && output !== 'else' && !isNamedSplit(element);
}
