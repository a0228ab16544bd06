import { routeEditorText as text } from '@/text/route-editor';

import { byId, titlesOf } from './document';
import { outputsOf, targetOf } from './element';
import { memoised } from './memo';
import type { OutputRef, OutputSpec, RouteDocument, RouteElement } from './types';

export interface Edge {
  from: OutputRef;
  to: string;
  spec: OutputSpec;
}

/** Edges that lead from one existing element to another, in the order of elements and ports. */
export const edgesOf: (document: RouteDocument) => readonly Edge[] = memoised((document) => {
  const elements = byId(document);
  return [...elements.values()].flatMap((element) =>
    outputsOf(element).flatMap((spec) => {
      const to = targetOf(element, spec.name);
      return to !== undefined && elements.has(to) ? [{ from: { id: element.id, output: spec.name }, to, spec }] : [];
    }),
  );
});

/** Outputs that lead nowhere, or to an element that does not exist. */
export const openOutputsOf: (document: RouteDocument) => readonly { from: OutputRef; spec: OutputSpec }[] = memoised((document) => {
  const elements = byId(document);
  return [...elements.values()].flatMap((element) =>
    outputsOf(element).flatMap((spec) => {
      const to = targetOf(element, spec.name);
      return to !== undefined && elements.has(to) ? [] : [{ from: { id: element.id, output: spec.name }, spec }];
    }),
  );
});

export function targetsOf(element: RouteElement): string[] {
  return outputsOf(element).flatMap(({ name }) => targetOf(element, name) ?? []);
}

/** Outputs that lead to an element. */
export function incomingOf(document: RouteDocument, id: string): OutputRef[] {
  return edgesOf(document).filter(({ to }) => to === id).map(({ from }) => from);
}

/** Everything that can be reached from an element, itself included. */
export function reachableFrom(document: RouteDocument, id: string): Set<string> {
  const elements = byId(document);
  const found = new Set<string>();
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const element = elements.get(next);
    if (element === undefined || found.has(next)) continue;
    found.add(next);
    waiting.push(...targetsOf(element));
  }
  return found;
}

/** A shortest way from one element to another, both ends included; null when there is none. */
export function wayBetween(document: RouteDocument, from: string, to: string): string[] | null {
  const elements = byId(document);
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const waiting = [from];
  for (let at = 0; at < waiting.length; at += 1) {
    const next = waiting[at] ?? '';
    if (next === to) return trace(cameFrom, to);
    for (const target of targetsOf(elements.get(next) ?? NOTHING)) {
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, next);
      waiting.push(target);
    }
  }
  return null;
}

export type Refusal = string;

/** Why an output may not lead to an element while connecting; null when it may. Everything else is the validator's. */
export function whyNot(document: RouteDocument, from: string, to: string): Refusal | null {
  const target = byId(document).get(to);
  if (target === undefined) return text.refused.noSuchNode;
  if (from === to) return text.refused.toItself;
  if (target.type === 'start') return text.refused.toStart;
  const back = wayBetween(document, to, from);
  return back === null ? null : text.refused.loop(titlesOf(document, [from, ...back]));
}

export interface AllowedTargets {
  ids: Set<string>;
  /** The reason for the pointer; empty for an allowed target. */
  why(id: string): string;
}

export function allowedTargets(document: RouteDocument, from: string, _output?: string): AllowedTargets {
  const reasons = new Map([...byId(document).keys()].map((id) => [id, whyNot(document, from, id)]));
  const ids = new Set([...reasons].filter(([, reason]) => reason === null).map(([id]) => id));
  return { ids, why: (id) => reasons.get(id) ?? (reasons.has(id) ? '' : text.refused.noSuchNode) };
}

/** Elements in the order of the flow: Start first, each output in turn, then whatever nothing leads to. */
export function flowOrder(document: RouteDocument): string[] {
  const elements = byId(document);
  const order = new Set<string>();
  const visit = (first: string): void => {
    const waiting = [first];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const element = elements.get(id);
      if (element === undefined || order.has(id)) continue;
      order.add(id);
      waiting.push(...targetsOf(element).reverse());
    }
  };
  for (const element of elements.values()) if (element.type === 'start') visit(element.id);
  for (const id of elements.keys()) visit(id);
  return [...order];
}

/** Elements that no way from Start leads to. */
export function unreachable(document: RouteDocument): Set<string> {
  const reached = new Set<string>();
  for (const element of document.elements) {
    if (element.type === 'start') for (const id of reachableFrom(document, element.id)) reached.add(id);
  }
  return new Set([...byId(document).keys()].filter((id) => !reached.has(id)));
}

const NOTHING: RouteElement = { id: '', type: '', outputs: {} };

function trace(cameFrom: ReadonlyMap<string, string | null>, to: string): string[] {
  const way: string[] = [];
  for (let at: string | null | undefined = to; at != null; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
