import { titleOf } from './element';
import { memoised } from './memo';
import { isRecord, own } from './own';
import type { Draft, Layout, Point, RouteDocument, RouteElement } from './types';

/**
 * True for a document in the published spelling, as far as drawing it needs. Every other spelling is for the server to
 * read; right and wrong are for its validator.
 */
export function isRouteDocument(value: unknown): value is RouteDocument {
  return isRecord(value) && Array.isArray(value.elements) && value.elements.every(isRouteElement);
}

function isRouteElement(value: unknown): value is RouteElement {
  if (!isRecord(value)) return false;
  if (typeof value.id !== 'string' || value.id === '' || typeof value.type !== 'string') return false;
  if (value.title !== undefined && typeof value.title !== 'string') return false;
  if (value.properties !== undefined && !isRecord(value.properties)) return false;
  return isRecord(value.outputs) && Object.values(value.outputs).every(isRouteOutput);
}

function isRouteOutput(value: unknown): boolean {
  return isRecord(value) && typeof value.elementId === 'string';
}

/** What a stored draft holds; null when it holds no document in the published spelling. */
export function readDraft(stored: unknown): { document: RouteDocument; layout: Partial<Layout> } | null {
  if (!isRecord(stored)) return null;
  const { layout, ...document } = stored;
  return isRouteDocument(document) ? { document, layout: readLayout(layout) } : null;
}

/** The stored shape of a draft: positions lie beside the flow, never in it. */
export function writeDraft(draft: Draft): Record<string, unknown> {
  return { ...draft.document, layout: draft.layout };
}

/** What is validated, compared and saved as a version: the flow without positions. */
export function content(document: RouteDocument): { elements: RouteElement[] } {
  return { elements: document.elements };
}

export function formatDocument(document: RouteDocument): string {
  return JSON.stringify(document, null, 2);
}

/** Elements by id. Where an id stands twice (E11), the first one counts. */
export const byId: (document: RouteDocument) => ReadonlyMap<string, RouteElement> = memoised((document) => {
  const found = new Map<string, RouteElement>();
  for (const element of document.elements) if (!found.has(element.id)) found.set(element.id, element);
  return found;
});

export function elementOf(document: RouteDocument, id: string): RouteElement | undefined {
  return document.elements.find((element) => element.id === id);
}

export function startOf(document: RouteDocument): RouteElement | undefined {
  return document.elements.find((element) => element.type === 'start');
}

export function endOf(document: RouteDocument): RouteElement | undefined {
  return document.elements.find((element) => element.type === 'end');
}

/** The same document with one element changed; everything else keeps its identity, and so its memoised card. */
export function withElement(document: RouteDocument, id: string, change: (element: RouteElement) => RouteElement): RouteDocument {
  const at = document.elements.findIndex((element) => element.id === id);
  const before = document.elements[at];
  if (before === undefined) return document;
  const after = change(before);
  return after === before ? document : { ...document, elements: document.elements.with(at, after) };
}

/** The same element with properties set (or removed, where the value is undefined), others and their order kept. */
export function withProperties(element: RouteElement, values: Readonly<Record<string, unknown>>): RouteElement {
  const properties = { ...element.properties };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete properties[name];
    else properties[name] = value;
  }
  return { ...element, properties };
}

function readLayout(value: unknown): Partial<Layout> {
  if (!isRecord(value)) return {};
  const direction = value.direction === 'lr' || value.direction === 'tb' ? { direction: value.direction } as const : {};
  const nodes = isRecord(value.nodes) ? Object.entries(value.nodes).filter((entry): entry is [string, Point] => isPoint(entry[1])) : [];
  return { ...direction, nodes: Object.fromEntries(nodes) };
}

function isPoint(value: unknown): value is Point {
  return Array.isArray(value) && value.length === 2 && value.every((number) => typeof number === 'number' && Number.isFinite(number));
}

/** Titles of a way through the flow, for messages. */
export function titlesOf(document: RouteDocument, ids: readonly string[]): string[] {
  return ids.map((id) => titleOf(document, id));
}

export function positionOf(layout: Layout, id: string): Point | undefined {
  return own(layout.nodes, id);
}
