import { byId, positionOf } from './document';
import { targetOf } from './element';
import { edgesOf } from './graph';
import { edgeKey } from './geometry/key';
import { type Route, routeEdges } from './geometry/route';
import { type Stub, openStubs } from './geometry/stubs';
import { type CardFlags, NODE_WIDTH, heightOf } from './size';
import type { Draft, OutputSpec, RouteElement } from './types';

export interface CanvasNode {
  id: string;
  element: RouteElement;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface CanvasEdge extends Route {
  id: string;
  source: string;
  output: string;
  target: string;
  spec: OutputSpec;
}

export interface Canvas {
  nodes: CanvasNode[];
  edges: CanvasEdge[];
  /** Outputs that lead nowhere. */
  open: Stub[];
}

/** What a canvas draws, computed from the draft. Where an id stands twice, the first one is drawn; E11 tells of the other. */
export function toCanvas({ document, layout }: Draft, flags: CardFlags = {}): Canvas {
  const routes = routeEdges(document, layout, flags);
  const nodes = [...byId(document).values()].map((element): CanvasNode => {
    const [x, y] = positionOf(layout, element.id) ?? [0, 0];
    return { id: element.id, element, x, y, width: NODE_WIDTH, height: heightOf(element, { ...flags, direction: layout.direction }) };
  });
  const edges = edgesOf(document).flatMap(({ from, to, spec }): CanvasEdge[] => {
    const route = routes.get(edgeKey(from.id, from.output));
    return route === undefined ? [] : [{ id: edgeKey(from.id, from.output), source: from.id, output: from.output, target: to, spec, ...route }];
  });
  return { nodes, edges, open: openStubs(document, layout, flags) };
}

/** True when an output leads to an element that exists. */
export function isConnected(draft: Draft, id: string, output: string): boolean {
  const elements = byId(draft.document);
  const element = elements.get(id);
  const target = element && targetOf(element, output);
  return target !== undefined && elements.has(target);
}
