/** A comparison as it is drawn: one flow that holds what both have, with a mark on everything that differs. */
import type { Draft, RouteDocument, RouteElement } from '../model';
import { elementOf, shownLayout } from '../model';
import type { DiffView } from '../queries';
import type { DiffMark, Viewing } from '../store';
import { fieldWords, outputWords, targetWords, valueWords } from './words';

/** What became of one node. */
export interface NodeChange {
  id: string;
  title: string;
  mark: DiffMark;
  lines: ChangeLine[];
}

export interface ChangeLine {
  /** A field, or an output and where it leads. */
  what: string;
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

/** Every node that differs, with old and new of its fields and edges in words; what was removed comes last. */
export function changesOf(diff: DiffView, old: RouteDocument, next: RouteDocument): NodeChange[] {
  const marks = marksOf(diff);
  const changed = new Map((diff.changed as unknown as ChangedElement[]).map((element) => [element.id, element]));
  return [...next.elements, ...old.elements.filter(({ id }) => marks[id] === 'removed')].flatMap((element): NodeChange[] => {
    const mark = marks[element.id];
    if (mark === undefined) return [];
    const { fields = [], edges = [] } = changed.get(element.id) ?? {};
    const lines = [
      ...fields.map(({ field, ...values }) => ({ what: fieldWords(field), old: valueWords(elementOf(old, element.id) ?? element, field, values.old), new: valueWords(element, field, values.new) })),
      ...edges.map(({ output, ...ends }) => ({ what: outputWords(element, output), old: targetWords([old, next], ends.old), new: targetWords([next, old], ends.new) })),
    ];
    return [{ id: element.id, title: targetWords(mark === 'removed' ? [old] : [next], element.id), mark, lines }];
  });
}

/** The new flow with what was removed beside it, where the draft's cards lie. */
export function comparison(label: string, old: RouteDocument, next: RouteDocument, diff: DiffView, layout: Draft['layout']): Viewing {
  const removed = idsOf(diff.removed)
    .map((id) => elementOf(old, id))
    .filter((element): element is RouteElement => element !== undefined);
  const known = new Set(idsOf(next.elements));
  const document = { ...next, elements: [...next.elements, ...removed.filter((element) => !known.has(element.id))] };
  return { label, draft: { document, layout: shownLayout(document, layout) }, marks: marksOf(diff), comparison: { changes: changesOf(diff, old, next), old, next } };
}
