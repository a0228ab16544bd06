import { Graph, layout as dagre } from '@dagrejs/dagre';

import { byId } from '../document';
import { edgesOf, flowOrder } from '../graph';
import { roomOf } from '../size';
import type { Direction, Layout, Point, RouteDocument } from '../types';
import { NODE_GAP, RANK_GAP } from './spacing';

export function tidyLayout(document: RouteDocument, direction: Direction): Layout {
  const elements = byId(document);
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction === 'tb' ? 'TB' : 'LR', nodesep: NODE_GAP[direction], ranksep: RANK_GAP[direction] });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of flowOrder(document)) {
    const element = elements.get(id);
    if (element !== undefined) graph.setNode(id, { ...roomOf(element) });
  }
  for (const { from, to } of edgesOf(document)) graph.setEdge(from.id, to, {}, from.output);
  dagre(graph);
  const nodes = flowOrder(document).map((id): [string, Point] => {
    const node = graph.node(id) as { x: number; y: number; width: number; height: number };
    return [id, [Math.round(node.x - node.width / 2), Math.round(node.y - node.height / 2)]];
  });
  return { direction, nodes: Object.fromEntries(nodes) };
}
