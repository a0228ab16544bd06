import { completeLayout } from './layout/complete';
import { sameValue } from './compare';
import { isRecord, withoutEntry } from './own';
import type { Draft, Layout, RouteDocument, RouteElement } from './types';

/**
 * Two people edited the same draft: what mine changed since the common beginning is put on top of theirs. Where both
 * changed the same value, mine stands; everything else of both is kept.
 */
export function mergeOnTop(base: Draft, mine: Draft, theirs: Draft): Draft {
  const document = mergeDocuments(base.document, mine.document, theirs.document);
  return { document, layout: completeLayout(document, mergeLayouts(base.layout, mine.layout, theirs.layout)) };
}

function mergeDocuments(base: RouteDocument, mine: RouteDocument, theirs: RouteDocument): RouteDocument {
  const around = mergeRecords(withoutElements(base), withoutElements(mine), withoutElements(theirs));
  return { ...around, elements: mergeElements(base.elements, mine.elements, theirs.elements) };
}

function mergeElements(base: readonly RouteElement[], mine: readonly RouteElement[], theirs: readonly RouteElement[]): RouteElement[] {
  const before = indexed(base);
  const ours = indexed(mine);
  const others = indexed(theirs);
  const kept = theirs.flatMap((element): RouteElement[] => {
    const known = before.get(element.id);
    const own = ours.get(element.id);
    // What I deleted is gone, unless they changed it meanwhile: no edit is lost.
    if (own === undefined) return known !== undefined && sameValue(known, element) ? [] : [element];
    return [mergeRecords(known ?? {}, own, element) as RouteElement];
  });
  const added = mine.filter((element) => {
    const known = before.get(element.id);
    // What they deleted is gone, unless I changed it meanwhile.
    return !others.has(element.id) && (known === undefined || !sameValue(known, element));
  });
  return [...kept, ...added];
}

/** Member by member, records inside records too; lists count as one value. */
function mergeRecords(base: Readonly<Record<string, unknown>>, mine: Readonly<Record<string, unknown>>, theirs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
  return Object.fromEntries(
    keys.flatMap((key): [string, unknown][] => {
      const [before, own, other] = [member(base, key), member(mine, key), member(theirs, key)];
      if (isRecord(own) && isRecord(other)) return [[key, mergeRecords(isRecord(before) ? before : {}, own, other)]];
      const chosen = sameValue(before, own) ? other : own;
      return chosen === undefined ? [] : [[key, chosen]];
    }),
  );
}

function mergeLayouts(base: Layout, mine: Layout, theirs: Layout): Partial<Layout> {
  const direction = mine.direction === base.direction ? theirs.direction : mine.direction;
  return { direction, nodes: mergeRecords(base.nodes, mine.nodes, theirs.nodes) as Layout['nodes'] };
}

function indexed(elements: readonly RouteElement[]): Map<string, RouteElement> {
  return new Map(elements.map((element) => [element.id, element]));
}

function withoutElements(document: RouteDocument): Record<string, unknown> {
  return withoutEntry<unknown>(document, 'elements');
}

function member(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
