/** A comparison as it is drawn: one flow that holds what both have, with a mark on everything that differs. */
import type { Draft, RouteDocument, RouteElement } from '../model';
import { elementOf, shownLayout } from '../model';
import type { DiffView } from '../queries';
import type { DiffMark, Viewing } from '../store';

export interface ChangedField {
  id: string;
  title: string;
  field: string;
  old: string;
  new: string;
}

interface ChangedElement {
  id: string;
  title?: string;
  type: string;
  fields?: { field: string; old: unknown; new: unknown }[];
  edges?: { output: string; old: string | null; new: string | null }[];
}

const idsOf = (elements: unknown): string[] => (elements as { id: string }[]).map((element) => element.id);

/** Marks by element id. */
export function marksOf(diff: DiffView): Record<string, DiffMark> {
  return Object.fromEntries([
    ...idsOf(diff.added).map((id): [string, DiffMark] => [id, 'added']),
    ...idsOf(diff.removed).map((id): [string, DiffMark] => [id, 'removed']),
    ...idsOf(diff.changed).map((id): [string, DiffMark] => [id, 'changed']),
  ]);
}

/** Every changed field and edge, old and new in words. */
export function changedFields(diff: DiffView, nothing: string): ChangedField[] {
  return (diff.changed as unknown as ChangedElement[]).flatMap((element) => {
    const title = element.title ?? element.id;
    const fields = (element.fields ?? []).map((field) => ({ id: element.id, title, field: field.field, old: words(field.old, nothing), new: words(field.new, nothing) }));
    const edges = (element.edges ?? []).map((edge) => ({ id: element.id, title, field: edge.output, old: words(edge.old, nothing), new: words(edge.new, nothing) }));
    return [...fields, ...edges];
  });
}

/** The new flow with what was removed beside it, where the draft's cards lie. */
export function comparison(label: string, old: RouteDocument, next: RouteDocument, diff: DiffView, layout: Draft['layout']): Viewing {
  const removed = idsOf(diff.removed)
    .map((id) => elementOf(old, id))
    .filter((element): element is RouteElement => element !== undefined);
  const known = new Set(idsOf(next.elements));
  const document = { ...next, elements: [...next.elements, ...removed.filter((element) => !known.has(element.id))] };
  return { label, draft: { document, layout: shownLayout(document, layout) }, marks: marksOf(diff) };
}

function words(value: unknown, nothing: string): string {
  if (value === null || value === undefined || value === '') return nothing;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
