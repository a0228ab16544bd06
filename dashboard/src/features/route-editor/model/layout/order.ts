/**
 * Who stands beside whom. The first visit of the flow, output by output, never crosses the edges of a tree and keeps True
 * before False; where ways meet again, neighbours change places as long as that removes crossings and no output
 * overtakes another one of the same card.
 */

/** A layered graph: every edge leads to the next layer; cards and the corners of long edges are both nodes. */
export interface Layered {
  rank(node: string): number;
  nodes: readonly string[];
  /** Targets in the next layer, in the order of the outputs. */
  next(node: string): readonly string[];
  /** The card that stands directly beside, behind a detour. */
  beside(node: string): readonly string[];
  /** Where to begin. */
  roots: readonly string[];
}

const SWEEPS = 12;

export function orderLayers(graph: Layered): string[][] {
  const layers = firstVisit(graph);
  const links = linksOf(graph);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) if (!swapNeighbours(layers, graph, links)) break;
  return layers;
}

function firstVisit(graph: Layered): string[][] {
  const layers: string[][] = [];
  const seen = new Set<string>();
  const visit = (node: string): void => {
    if (seen.has(node)) return;
    seen.add(node);
    (layers[graph.rank(node)] ??= []).push(node);
    for (const next of graph.next(node)) visit(next);
    for (const next of graph.beside(node)) visit(next);
  };
  for (const node of [...graph.roots, ...graph.nodes]) visit(node);
  return Array.from(layers, (layer) => layer ?? []);
}

interface Links {
  down: ReadonlyMap<string, readonly string[]>;
  up: ReadonlyMap<string, readonly string[]>;
  beside: ReadonlyMap<string, readonly string[]>;
  /** Pairs whose order is given by the outputs of one card. */
  fixed: ReadonlySet<string>;
}

function linksOf(graph: Layered): Links {
  const down = new Map<string, readonly string[]>();
  const up = new Map<string, string[]>();
  const beside = new Map<string, readonly string[]>();
  const fixed = new Set<string>();
  for (const node of graph.nodes) {
    const targets = graph.next(node);
    down.set(node, targets);
    beside.set(node, graph.beside(node));
    targets.forEach((target, at) => {
      up.set(target, [...(up.get(target) ?? []), node]);
      for (const later of targets.slice(at + 1)) fixed.add(pair(target, later));
    });
    for (const target of graph.beside(node)) fixed.add(pair(node, target));
  }
  return { down, up, beside, fixed };
}

function swapNeighbours(layers: string[][], graph: Layered, links: Links): boolean {
  let improved = false;
  for (const layer of layers) {
    for (let at = 0; at + 1 < layer.length; at += 1) {
      const [left, right] = [layer[at] ?? '', layer[at + 1] ?? ''];
      if (links.fixed.has(pair(left, right))) continue;
      const before = cost(layers, graph, links, left);
      layer[at] = right;
      layer[at + 1] = left;
      if (cost(layers, graph, links, left) < before) improved = true;
      else [layer[at], layer[at + 1]] = [left, right];
    }
  }
  return improved;
}

/** Crossings above and below one layer, and how far cards stand from those beside them. */
function cost(layers: readonly string[][], graph: Layered, links: Links, inLayerOf: string): number {
  const rank = graph.rank(inLayerOf);
  const layer = layers[rank] ?? [];
  const above = layers[rank - 1] ?? [];
  const below = layers[rank + 1] ?? [];
  return crossings(above, layer, links.down) + crossings(layer, below, links.down) + apart(layer, links.beside);
}

function crossings(upper: readonly string[], lower: readonly string[], down: Links['down']): number {
  const place = new Map(lower.map((node, at) => [node, at]));
  const ends = upper.flatMap((node) => (down.get(node) ?? []).map((target) => place.get(target) ?? 0));
  let count = 0;
  for (let first = 0; first < ends.length; first += 1) {
    for (let second = first + 1; second < ends.length; second += 1) if ((ends[first] ?? 0) > (ends[second] ?? 0)) count += 1;
  }
  return count;
}

function apart(layer: readonly string[], beside: Links['beside']): number {
  const place = new Map(layer.map((node, at) => [node, at]));
  let sum = 0;
  for (const [at, node] of layer.entries()) {
    for (const target of beside.get(node) ?? []) {
      const distance = (place.get(target) ?? at + 1) - at;
      sum += distance > 0 ? distance - 1 : 2 - distance;
    }
  }
  return sum;
}

function pair(left: string, right: string): string {
  return `${left}\n${right}`;
}
