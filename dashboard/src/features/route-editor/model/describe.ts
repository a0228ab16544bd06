import { routeEditorText as text } from '@/text/route-editor';

import { byId } from './document';
import { kindTitle, outputsOf, targetOf, titles } from './element';
import { plain, sentence } from './sentence';
import type { OutputRef, Problem, RouteDocument, RouteElement } from './types';

/**
 * The name of a node that says all: "Condition, metadata.user_id equals user-admin. True goes to Budget limit, False goes
 * to Model small. No problems."
 */
export function describe(element: RouteElement, document: RouteDocument, problems: readonly Problem[] | null = null): string {
  const title = titles(document).get(element.id) ?? '';
  const kind = kindTitle(element);
  const head = title.startsWith(kind) ? title : text.names.titled(title, kind);
  return text.names.node(text.names.saying(head, withoutIf(plain(sentence(element)))), waysOf(element, document), messagesOf(element, problems));
}

/** The same without what a list item shows anyway: "Condition. True goes to …. No problems." */
export function describeRest(element: RouteElement, document: RouteDocument, problems: readonly Problem[] | null = null): string {
  return text.names.node(kindTitle(element), waysOf(element, document), messagesOf(element, problems));
}

function waysOf(element: RouteElement, document: RouteDocument): string[] {
  const names = titles(document);
  return outputsOf(element).map(({ name, label, consequenceWhenOpen }) => {
    const target = existing(document, targetOf(element, name));
    if (target === undefined) return text.names.open(label, consequenceWhenOpen ?? '');
    return text.names.goesTo(label, names.get(target) ?? target);
  });
}

function messagesOf(element: RouteElement, problems: readonly Problem[] | null): string[] | null {
  return problems === null ? null : problems.filter(({ node }) => node === element.id).map(({ message }) => plainMessage(message));
}

/** "From Condition, True, to Budget limit." */
export function describeEdge({ id, output }: OutputRef, document: RouteDocument): string {
  const element = byId(document).get(id);
  const names = titles(document);
  const spec = element && outputsOf(element).find(({ name }) => name === output);
  const target = existing(document, element && targetOf(element, output));
  const from = names.get(id) ?? id;
  const label = spec?.label ?? output;
  if (target === undefined) return text.names.openEdge(from, label, spec?.consequenceWhenOpen ?? '');
  return text.names.edge(from, label, names.get(target) ?? target);
}

/** The name of the "+" on an edge or an open output. */
export function describeInsert({ id, output }: OutputRef, document: RouteDocument): string {
  const element = byId(document).get(id);
  const label = element && outputsOf(element).find(({ name }) => name === output)?.label;
  return text.names.insert(label === undefined || label === '' ? (titles(document).get(id) ?? id) : label);
}

/** Messages carry `*titles*`, `**outputs**` and backticks; where nothing can be emphasised, the words alone. */
export function plainMessage(message: string): string {
  return message.replace(/\*\*|\*|`/g, '');
}

function withoutIf(words: string): string {
  const lead = `${text.condition.if} `;
  return words.startsWith(lead) ? words.slice(lead.length) : words;
}

function existing(document: RouteDocument, id: string | undefined): string | undefined {
  return id !== undefined && byId(document).has(id) ? id : undefined;
}
