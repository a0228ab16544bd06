import { Graph, layout as dagre } from '@dagrejs/dagre';

import { byId, positionOf } from '../document';
import { edgesOf, flowOrder, openOutputsOf } from '../graph';
import { outputsOf } from '../element';
import { withEntry } from '../own';
import { NODE_WIDTH, type Size, heightOf, roomOf } from '../size';
import type { Direction, Layout, Point, RouteDocument, RouteElement } from '../types';
import { boxesOf, collide } from './box';
import { type Layered, orderLayers } from './order';
import { type RankedEdge, type Ranks, ranksOf } from './ranks';
import { CLEARANCE, LANE_GAP, NODE_GAP, OPEN_DETOUR_ROOM, RANK_GAP } from './spacing';

/**
 * Places for all cards. Ranks and the order within them are ours, since both carry meaning; dagre finds the coordinates.
 */
export function tidyLayout(document: RouteDocument, direction: Direction): Layout {
  const elements = byId(document);
  const order = flowOrder(document);
  const ranks = ranksOf(elements, order, edgesOf(document), direction);
  const far = farEdges(order, ranks);
  const graph = layoutGraph(document, order, ranks, far, direction);
  if (order.length > 0) dagre(graph, { customOrder: (layered: Graph) => assignOrder(layered, elements, order, ranks) });
  const nodes = order.map((id, at): [string, Point] => {
    const { x, y } = graph.node(key(at)) as { x: number; y: number };
    const { width, height } = lineFor(elements, id, direction);
    return [id, [Math.round(x - width / 2), Math.round(y - height / 2)]];
  });
  const layout: Layout = { direction, nodes: Object.fromEntries(nodes) };
  return { direction, nodes: Object.fromEntries(atOrigin(Object.entries(gathered(document, layout, ranks, far).nodes))) };
}

/**
 * In a large flow, ways that meet far below, mostly in End, get no column of their own: it would take longer than all the
 * rest. They share what lies between the cards.
 */
function farEdges(order: readonly string[], ranks: Ranks): ReadonlySet<RankedEdge> {
  if (order.length <= LARGE) return new Set();
  const incoming = new Map<string, number>();
  for (const { to } of ranks.edges) incoming.set(to, (incoming.get(to) ?? 0) + 1);
  return new Set(ranks.edges.filter(({ from, to }) => (incoming.get(to) ?? 0) > 1 && (ranks.of.get(to) ?? 0) - (ranks.of.get(from.id) ?? 0) > LONG));
}

const LARGE = 40;
const LONG = 4;

/** What such ways lead to lies in the middle of where they come from, as it would with them, where that is free. */
function gathered(document: RouteDocument, layout: Layout, ranks: Ranks, far: ReadonlySet<RankedEdge>): Layout {
  const { direction } = layout;
  const across = direction === 'tb' ? 0 : 1;
  let placed = layout;
  for (const to of new Set([...far].map((edge) => edge.to))) {
    const boxes = boxesOf(document, placed);
    const box = boxes.find(({ id }) => id === to);
    const sources = ranks.edges.filter((edge) => edge.to === to).flatMap(({ from }): Point[] => {
      const point = positionOf(placed, from.id);
      return point === undefined ? [] : [point];
    });
    if (box === undefined || sources.length === 0) continue;
    const mean = Math.round(sources.reduce((sum, point) => sum + point[across], 0) / sources.length);
    const at: Point = direction === 'tb' ? [mean, box.y] : [box.x, mean];
    const isFree = boxes.every((other) => other.id === to || !collide({ ...box, x: at[0], y: at[1] }, other, CLEARANCE));
    if (isFree) placed = { ...placed, nodes: withEntry(placed.nodes, to, at) };
  }
  return placed;
}

/** dagre keeps nodes as members of an object, where an id such as `__proto__` would be lost. */
function key(at: number): string {
  return `n${at}`;
}

function layoutGraph(document: RouteDocument, order: readonly string[], ranks: Ranks, far: ReadonlySet<RankedEdge>, direction: Direction): Graph {
  const elements = byId(document);
  const keys = new Map(order.map((id, at) => [id, key(at)]));
  const openDetours = new Set(direction === 'tb' ? openOutputsOf(document).filter(({ spec }) => spec.isDetour).map(({ from }) => from.id) : []);
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: NODE_GAP[direction], edgesep: LANE_GAP[direction], ranksep: RANK_GAP[direction] });
  for (const [at, id] of order.entries()) {
    const { width, height } = lineFor(elements, id, direction);
    // What an open detour says stands at the right of its card; both sides get room, so that the card stays in line.
    graph.setNode(key(at), { width: width + (openDetours.has(id) ? 2 * OPEN_DETOUR_ROOM : 0), height });
  }
  for (const edge of ranks.edges) {
    const { from, to, length } = edge;
    const minlen = (ranks.of.get(to) ?? 0) - (ranks.of.get(from.id) ?? 0);
    if ((length === 0 && minlen === 0) || far.has(edge)) continue;
    graph.setEdge(keys.get(from.id) ?? '', keys.get(to) ?? '', { minlen }, from.output);
  }
  for (const [at, id] of order.entries()) anchor(graph, key(at), key(0), ranks.of.get(id) ?? 0);
  return graph;
}

/** A card that only a neighbour leads to would float up to the first rank; a thread from Start keeps it at its own. */
function anchor(graph: Graph, node: string, start: string, rank: number): void {
  const hangs = (graph.inEdges(node) ?? []).length > 0;
  if (rank > 0 && node !== start && !hangs) graph.setEdge(start, node, { minlen: rank }, THREAD);
}

const THREAD = '\u0000';

function assignOrder(layered: Graph, elements: ReadonlyMap<string, RouteElement>, order: readonly string[], ranks: Ranks): void {
  const keys = new Map(order.map((id, at) => [id, key(at)]));
  const ids = new Map(order.map((id, at) => [key(at), id]));
  const place = (node: string, output: string): number => {
    const element = elements.get(ids.get(node) ?? '');
    const at = element === undefined ? 0 : outputsOf(element).findIndex(({ name }) => name === output);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  };
  const view: Layered = {
    nodes: layered.nodes(),
    roots: order.map((id) => keys.get(id) ?? ''),
    rank: (node) => (layered.node(node) as { rank: number }).rank,
    next: (node) => {
      const edges = layered.outEdges(node) ?? [];
      // Threads come last, and are no output that another one could overtake.
      const outputs = edges.filter(({ name }) => name !== THREAD).toSorted((a, b) => place(node, a.name ?? '') - place(node, b.name ?? ''));
      return outputs.map(({ w }) => w);
    },
    beside: (node) => {
      const id = ids.get(node);
      return ranks.edges.filter(({ from, to, length }) => length === 0 && from.id === id && ranks.of.get(to) === ranks.of.get(from.id)).map(({ to }) => keys.get(to) ?? '');
    },
  };
  for (const layer of orderLayers(view)) layer.forEach((node, at) => Object.assign(layered.node(node) as object, { order: at }));
  const detours = ranks.edges.filter(({ spec }) => spec.isDetour).map(({ from }) => ({ node: keys.get(from.id) ?? '', output: from.output }));
  for (const { node, output } of detours) letGo(layered, node, output);
  letGo(layered, key(0), THREAD);
}

/**
 * A detour pulls at nothing: its card stays in line with the way that is hoped for, and the detour drops straight into
 * its target. dagre splits every edge at half ranks, so there is always a first piece to let go of.
 */
function letGo(layered: Graph, node: string, output: string): void {
  for (const edge of layered.outEdges(node) ?? []) if (edge.name === output) layered.removeEdge(edge);
}

/**
 * Left to right, ports lie in line without live numbers, and the gap between cards has room for these; top to bottom,
 * cards need their full height.
 */
function lineFor(elements: ReadonlyMap<string, RouteElement>, id: string, direction: Direction): Size {
  const element = elements.get(id) ?? { id, type: '', outputs: {} };
  return direction === 'tb' ? roomOf(element, direction) : { width: NODE_WIDTH, height: heightOf(element, { direction }) };
}

function atOrigin(nodes: [string, Point][]): [string, Point][] {
  const left = Math.min(...nodes.map(([, [x]]) => x));
  const top = Math.min(...nodes.map(([, [, y]]) => y));
  return nodes.map(([id, [x, y]]) => [id, [x - left, y - top]]);
}
