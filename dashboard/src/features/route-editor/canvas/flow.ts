/** The document as React Flow wants it. Objects keep their identity while what they show is the same. */
import { type Edge, type Node, Position } from '@xyflow/react';
import { useLayoutEffect, useMemo, useRef } from 'react';

import {
  type Direction,
  type Draft,
  NODE_WIDTH,
  type OutputSpec,
  type Point,
  type RouteElement,
  type Side,
  type Stub,
  edgeKey,
  edgesOf,
  elementOf,
  flowOrder,
  heightOf,
  inputPort,
  openStubs,
  outputPorts,
  positionOf,
  reroute,
  routeEdges,
} from '../model';
import { shownDraft, useEditor } from '../store';
import { wayOf } from './way';
import { type MovingState, useMoving, useUiStore } from './ui';

export type CardNode = Node<{ element: RouteElement; direction: Direction; isLive: boolean }, 'card'>;
export type WayEdge = Edge<{ spec: OutputSpec; output: string }, 'way'>;

export interface Flow {
  draft: Draft;
  nodes: CardNode[];
  edges: WayEdge[];
  stubs: Stub[];
}

const POSITIONS: Readonly<Record<Side, Position>> = { top: Position.Top, right: Position.Right, bottom: Position.Bottom, left: Position.Left };

export function useFlow(canMove: boolean): Flow {
  const shown = useEditor(shownDraft);
  const selection = useEditor((state) => state.selection);
  const isLive = useEditor((state) => state.live !== null);
  const dragged = useMoving((state) => state.dragged);

  const draft = useMemo(() => withDragged(shown, dragged), [shown, dragged]);
  const nodes = useNodes(draft, selection.nodes, isLive, canMove);
  const highlight = useEditor((state) => state.highlight);
  const taken = useMemo(() => (highlight === null ? null : wayOf(highlight, shown.document).edges), [highlight, shown]);
  const edges = useEdges(shown, selection.edge, taken, canMove);
  const ui = useUiStore();
  const routes = useMemo(() => routeEdges(shown.document, shown.layout, { live: isLive }), [shown, isLive]);
  useLayoutEffect(() => ui.moving.setState({ routes, settled: routes }), [ui, routes]);
  const stubs = useStubs(draft, isLive);
  return { draft, nodes, edges, stubs };
}

type Positions = Readonly<Record<string, Point>>;

function withDragged(shown: Draft, dragged: Positions | null): Draft {
  if (dragged === null) return shown;
  return { ...shown, layout: { ...shown.layout, nodes: { ...shown.layout.nodes, ...dragged } } };
}

/** The next frame of a drag: cards and the ways that hang on them, in one change, so that both are drawn together. */
export function moved({ dragged, settled }: MovingState, shown: Draft, positions: Positions, isLive: boolean): Pick<MovingState, 'dragged' | 'routes'> {
  const all = { ...dragged, ...positions };
  return { dragged: all, routes: reroute(settled, shown.document, withDragged(shown, all).layout, new Set(Object.keys(all)), { live: isLive }) };
}

function useNodes(draft: Draft, selected: ReadonlySet<string>, isLive: boolean, canMove: boolean): CardNode[] {
  const cache = useRef(new Map<string, CardNode>());
  return useMemo(() => {
    const { document, layout } = draft;
    const next = new Map<string, CardNode>();
    // In the order of the flow, which is the order in which a screen reader meets them.
    for (const id of flowOrder(document)) {
      const element = elementOf(document, id);
      if (element === undefined) continue;
      const [x, y] = positionOf(layout, id) ?? [0, 0];
      const node = cardNode(element, layout.direction, isLive, { x, y }, selected.has(id), canMove);
      const known = cache.current.get(id);
      next.set(id, known !== undefined && isSameNode(known, node) ? known : node);
    }
    cache.current = next;
    return [...next.values()];
  }, [draft, selected, isLive, canMove]);
}

function cardNode(element: RouteElement, direction: Direction, isLive: boolean, position: { x: number; y: number }, selected: boolean, draggable: boolean): CardNode {
  const flags = { direction, live: isLive };
  const height = heightOf(element, flags);
  const input = inputPort(element, direction);
  const outputs = [...outputPorts(element, direction, flags)];
  return {
    id: element.id,
    type: 'card',
    position,
    data: { element, direction, isLive },
    width: NODE_WIDTH,
    height,
    measured: { width: NODE_WIDTH, height },
    selected,
    draggable,
    selectable: true,
    focusable: false,
    deletable: false,
    zIndex: selected ? 20 : 10,
    handles: [
      { id: 'in', type: 'target', position: POSITIONS[input.side], x: input.at[0], y: input.at[1], width: 1, height: 1 },
      ...outputs.map(([id, port]) => ({ id, type: 'source' as const, position: POSITIONS[port.side], x: port.at[0], y: port.at[1], width: 1, height: 1 })),
    ],
  };
}

function isSameNode(a: CardNode, b: CardNode): boolean {
  return (
    a.position.x === b.position.x &&
    a.position.y === b.position.y &&
    a.selected === b.selected &&
    a.draggable === b.draggable &&
    a.data.element === b.data.element &&
    a.data.direction === b.data.direction &&
    a.data.isLive === b.data.isLive
  );
}

function useStubs(draft: Draft, isLive: boolean): Stub[] {
  const cache = useRef(new Map<string, Stub>());
  return useMemo(() => {
    const stubs = openStubs(draft.document, draft.layout, { live: isLive }).map((stub) => {
      const known = cache.current.get(stub.key);
      return known !== undefined && isSameStub(known, stub) ? known : stub;
    });
    cache.current = new Map(stubs.map((stub) => [stub.key, stub]));
    return stubs;
  }, [draft, isLive]);
}

function isSameStub(a: Stub, b: Stub): boolean {
  return a.anchor.join() === b.anchor.join() && a.points.join() === b.points.join() && a.spec.label === b.spec.label && a.spec.consequenceWhenOpen === b.spec.consequenceWhenOpen;
}

/** Drawn in order: dimmed or normal, selected, taken. */
function levelOf(isSelected: boolean, isTaken: boolean): number {
  return isTaken ? 3 : isSelected ? 2 : 1;
}

function useEdges({ document }: Draft, selected: { id: string; output: string } | null, taken: ReadonlySet<string> | null, canMove: boolean): WayEdge[] {
  const cache = useRef(new Map<string, WayEdge>());
  return useMemo(() => {
    const next = new Map<string, WayEdge>();
    for (const { from, to, spec } of edgesOf(document)) {
      const key = edgeKey(from.id, from.output);
      const isSelected = selected?.id === from.id && selected.output === from.output;
      const edge: WayEdge = {
        id: key,
        type: 'way',
        source: from.id,
        sourceHandle: from.output,
        target: to,
        targetHandle: 'in',
        selected: isSelected,
        focusable: false,
        deletable: false,
        reconnectable: canMove,
        zIndex: levelOf(isSelected, taken?.has(key) === true),
        data: { spec, output: from.output },
      };
      const known = cache.current.get(key);
      next.set(key, known !== undefined && isSameEdge(known, edge) ? known : edge);
    }
    cache.current = next;
    return [...next.values()];
  }, [document, selected, taken, canMove]);
}

function isSameEdge(a: WayEdge, b: WayEdge): boolean {
  if (a.target !== b.target || a.selected !== b.selected || a.zIndex !== b.zIndex || a.reconnectable !== b.reconnectable || a.data === undefined || b.data === undefined) return false;
  return a.data.spec.label === b.data.spec.label && a.data.spec.isDetour === b.data.spec.isDetour;
}
