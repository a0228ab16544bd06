import { isRouteDocument } from './document';
import { isRecord, own } from './own';
import type { Draft, Point, RouteElement } from './types';

/** What Copy puts into the system clipboard: a route document of the chosen elements, that any text editor can read. */
export interface Clipping {
  elements: RouteElement[];
  positions: Record<string, Point>;
}

export function copy(draft: Draft, ids: Iterable<string>): string {
  const chosen = new Set(ids);
  const elements = draft.document.elements.filter(({ id }) => chosen.has(id));
  const nodes = Object.fromEntries(Object.entries(draft.layout.nodes).filter(([id]) => chosen.has(id)));
  return JSON.stringify({ elements, layout: { nodes } }, null, 2);
}

/** Null for a text that holds no elements in the published spelling. Edges out of the clipping are dropped on pasting. */
export function parseClipboard(text: string): Clipping | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const document = Array.isArray(value) ? { elements: value } : isRecord(value) && isElement(value) ? { elements: [value] } : value;
  if (!isRouteDocument(document) || document.elements.length === 0) return null;
  const nodes = isRecord(document.layout) && isRecord(document.layout.nodes) ? document.layout.nodes : {};
  const positions = document.elements.flatMap(({ id }): [string, Point][] => {
    const point = own(nodes, id);
    return isPoint(point) ? [[id, point]] : [];
  });
  return { elements: document.elements, positions: Object.fromEntries(positions) };
}

function isElement(value: Record<string, unknown>): boolean {
  return typeof value.id === 'string' && typeof value.type === 'string';
}

function isPoint(value: unknown): value is Point {
  return Array.isArray(value) && value.length === 2 && value.every((number) => typeof number === 'number' && Number.isFinite(number));
}
