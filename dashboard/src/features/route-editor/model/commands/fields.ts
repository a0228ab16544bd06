import { routeEditorText as text } from '@/text/route-editor';

import { elementOf, withElement, withProperties } from '../document';
import { titleOf } from '../element';
import { isRecord, withEntry, withKeyRenamed, withoutEntry } from '../own';
import type { Draft, FieldPath, RouteElement } from '../types';
import type { Applied, Refused } from './command';

export function setField(draft: Draft, id: string, path: FieldPath, value: unknown): Applied | Refused {
  const [first] = path;
  if (first === undefined || first === 'id') return { refused: text.refused.noSuchNode };
  return changed(draft, id, (element) => setIn(element, path, value) as RouteElement);
}

export function setProperties(draft: Draft, id: string, values: Record<string, unknown>): Applied | Refused {
  return changed(draft, id, (element) => withProperties(element, values));
}

export function setTitle(draft: Draft, id: string, title: string): Applied | Refused {
  const before = titleOf(draft.document, id);
  const trimmed = title.trim();
  const result = changed(draft, id, (element) => {
    if (trimmed !== '') return withTitle(element, title);
    const { title: _, ...untitled } = element;
    return untitled as RouteElement;
  });
  if ('refused' in result) return result;
  return { ...result, said: text.said.titled(before, titleOf(result.draft.document, id)) };
}

export function replaceOperand(draft: Draft, id: string | undefined, from: string, to: string): Applied | Refused {
  const elements = draft.document.elements.map((element) => {
    if (id !== undefined && element.id !== id) return element;
    const properties = renamed(element.properties, from, to);
    return properties === element.properties ? element : { ...element, properties: properties as Record<string, unknown> };
  });
  if (elements.every((element, at) => element === draft.document.elements[at])) return { refused: text.refused.leadsNowhere };
  return { draft: { ...draft, document: { ...draft.document, elements } }, said: text.said.fieldReplaced(from, to) };
}

function changed(draft: Draft, id: string, change: (element: RouteElement) => RouteElement): Applied | Refused {
  if (elementOf(draft.document, id) === undefined) return { refused: text.refused.noSuchNode };
  const document = withElement(draft.document, id, change);
  return { draft: { ...draft, document }, said: text.said.changed(titleOf(document, id)) };
}

/** A title stands behind the type, where the published spelling has it. */
function withTitle(element: RouteElement, title: string): RouteElement {
  if (Object.hasOwn(element, 'title')) return { ...element, title };
  const { id, type, ...rest } = element;
  return { id, type, title, ...rest };
}

function setIn(container: unknown, path: FieldPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list = Array.isArray(container) ? container : [];
    if (rest.length === 0 && value === undefined) return list.toSpliced(step, 1);
    const next = setIn(list[step], rest, value);
    return step < list.length ? list.with(step, next) : [...list, next];
  }
  const record = isRecord(container) ? container : {};
  if (rest.length === 0 && value === undefined) return withoutEntry(record, step);
  return withEntry(record, step, setIn(Object.hasOwn(record, step) ? record[step] : undefined, rest, value));
}

/** Operands stand as keys of conditions, and as values of `key` and `sticky`; in expressions as words of their own. */
function renamed(value: unknown, from: string, to: string, name = ''): unknown {
  if (typeof value === 'string') {
    if (name === 'expression') return replaceWord(value, from, to);
    return (name === 'key' || name === 'sticky') && value === from ? to : value;
  }
  if (Array.isArray(value)) {
    const list = value.map((entry) => renamed(entry, from, to));
    return list.every((entry, at) => entry === value[at]) ? value : list;
  }
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, renamed(inner, from, to, key)] as const);
  const isSame = entries.every(([key, inner]) => inner === value[key]) && !Object.hasOwn(value, from);
  return isSame ? value : withKeyRenamed(Object.fromEntries(entries), from, to);
}

function replaceWord(expression: string, from: string, to: string): string {
  const escaped = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return expression.replace(new RegExp(`(?<![\\w.])${escaped}(?![\\w.])`, 'g'), () => to);
}
