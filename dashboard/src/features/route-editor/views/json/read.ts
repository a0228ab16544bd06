import { isKnownKind, isRouteDocument, plainMessage, type RouteDocument } from '../../model';
import type { Judgement } from '../../sync/server';
import { routeEditorText as text } from '@/text/route-editor';

/** What a text is, before the server has looked at it. */
export type Reading =
  /** The published spelling: the canvas can have it at once. */
  | { kind: 'published'; document: RouteDocument }
  /** JSON, perhaps of another spelling: the server has to read it. */
  | { kind: 'foreign' }
  | { kind: 'broken'; line: number; error: string };

/** Reads the text of the JSON view. `errorLine` is where the editor's own parser first stumbles. */
export function readText(content: string, errorLine: number | null, hasTwins: boolean): Reading {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    const line = errorLine ?? content.split('\n').length;
    return { kind: 'broken', line, error: text.json.errorOnLine(line) };
  }
  const isPublished = !hasTwins && isRouteDocument(value) && value.elements.every(({ type }) => isKnownKind(type));
  return isPublished ? { kind: 'published', document: value as RouteDocument } : { kind: 'foreign' };
}

/** What the server makes of a text: a document for the canvas, or why there is none. */
export function readJudgement(judgement: Judgement): { document: RouteDocument; changes: string[] } | { error: string } {
  const { document, changes, problems } = judgement;
  if (isRouteDocument(document)) return { document, changes };
  const [first] = problems;
  return { error: first === undefined ? text.json.noDocument : plainMessage(first.message) };
}
