import { isRecord } from './own';
import type { RouteDocument } from './types';

/**
 * True when two flows are the same in content. Positions are not part of it; neither is the order of elements, of keys or
 * of outputs. The order of branches and of list values is.
 */
export function sameContent(a: RouteDocument, b: RouteDocument): boolean {
  return sameElements(a.elements, b.elements);
}

function sameElements(a: readonly { id: string }[], b: readonly { id: string }[]): boolean {
  if (a.length !== b.length) return false;
  const sorted = (list: readonly { id: string }[]) => list.toSorted((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  return sameValue(sorted(a).map(normal), sorted(b).map(normal));
}

/** No properties and empty properties are the same, and so are no title and an empty one. */
function normal(element: object): object {
  return Object.fromEntries(Object.entries(element).filter(([key, value]) => !((key === 'properties' && isRecord(value) && Object.keys(value).length === 0) || (key === 'title' && value === ''))));
}

export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, at) => sameValue(value, b[at]));
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]));
}
