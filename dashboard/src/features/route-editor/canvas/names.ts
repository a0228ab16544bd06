/** Names of nodes and edges, computed once for each document however many cards ask. */
import { type OutputRef, type Problem, type RouteDocument, type RouteElement, describe, describeEdge, describeInsert, titles } from '../model';

const titleCache = new WeakMap<RouteDocument, Map<string, string>>();

export function titleIn(document: RouteDocument, id: string): string {
  let found = titleCache.get(document);
  if (found === undefined) {
    found = titles(document);
    titleCache.set(document, found);
  }
  return found.get(id) ?? id;
}

type Names = Map<string, string>;
const nameCache = new WeakMap<RouteDocument, WeakMap<readonly Problem[], Names>>();

/** The name that says all of a node: kind, setting, where it leads, its problems. */
export function nameIn(document: RouteDocument, problems: readonly Problem[], element: RouteElement): string {
  const byProblems = nameCache.get(document) ?? new WeakMap<readonly Problem[], Names>();
  nameCache.set(document, byProblems);
  const names: Names = byProblems.get(problems) ?? new Map();
  byProblems.set(problems, names);
  const known = names.get(element.id);
  if (known !== undefined) return known;
  const name = describe(element, document, problems);
  names.set(element.id, name);
  return name;
}

type EdgeNames = [name: string, insert: string];
const edgeCache = new WeakMap<RouteDocument, Map<string, EdgeNames>>();

/** What an edge or an open output is called, and what its "+" does. */
export function edgeNamesIn(document: RouteDocument, ref: OutputRef): EdgeNames {
  const names = edgeCache.get(document) ?? new Map<string, EdgeNames>();
  edgeCache.set(document, names);
  const key = `${ref.id}\n${ref.output}`;
  const known = names.get(key);
  if (known !== undefined) return known;
  const found: EdgeNames = [describeEdge(ref, document), describeInsert(ref, document)];
  names.set(key, found);
  return found;
}
