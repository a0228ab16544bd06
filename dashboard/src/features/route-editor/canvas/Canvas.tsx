import '@xyflow/react/dist/base.css';

import { useComputedColorScheme } from '@mantine/core';
import { Background, BackgroundVariant, MiniMap, ReactFlow, ReactFlowProvider, SelectionMode, type NodeChange, type Viewport, useReactFlow, useStore, useStoreApi } from '@xyflow/react';
import { useRouter } from '@tanstack/react-router';
import { type MouseEvent, memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { useShortcuts } from '@/app/shortcuts';
import { openHref } from '@/components/charts/HrefLink';
import { canvasText as text } from '@/text/editor-canvas';

import { liveCount, logsOfEdge } from '../live/counts';
import type { Point } from '../model';
import { shownDraft, useEditor, useEditorStore } from '../store';
import { FIT_EVENT } from '../toolbar/Toolbar';
import { pick } from './acts';
import classes from './canvas.module.css';
import { ConnectionLine } from './ConnectionLine';
import { type CardNode, type WayEdge, moved, useFlow } from './flow';
import { FlowEdge } from './FlowEdge';
import { FlowNode } from './FlowNode';
import { ensureTabStop, focusStop, rove } from './focus';
import { Hints } from './Hints';
import { Legend } from './Legend';
import { Palette } from './Palette';
import { PathBar } from './PathBar';
import { Stubs } from './Stubs';
import { useUi, useUiStore } from './ui';
import { useCanvasKeys } from './useCanvasKeys';
import { useConnecting } from './useConnecting';
import { useFit, viewportOf } from './useFit';
import { ZoomBar, useIsPartHidden } from './ZoomBar';

// Outside of the tree: new objects here would make React Flow draw everything anew.
const NODE_TYPES = { card: FlowNode };
const EDGE_TYPES = { way: FlowEdge };
const PAN_BUTTONS = [0, 1];
const StillPalette = memo(Palette);
const StillZoomBar = memo(ZoomBar);
const FAR = 0.695;

interface CanvasProps {
  /** A version, a viewer, a narrow screen: nothing can be changed. */
  isReadOnly: boolean;
  /** The live traffic bar. */
  topRight?: React.ReactNode;
  /** A small picture of a flow in another screen: without legend, map and bars. */
  isSmall?: boolean;
}

interface Room {
  width: number;
  height: number;
}

/** The room is measured before anything is drawn in it: a flow that is drawn where it will stay is drawn once. */
export function Canvas(props: CanvasProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<Room | null>(null);
  useLayoutEffect(() => {
    if (frame.current !== null) setRoom({ width: frame.current.clientWidth, height: frame.current.clientHeight });
  }, []);
  return (
    <div ref={frame} className={classes.frame}>
      {room === null ? null : (
        <ReactFlowProvider>
          <Surface {...props} room={room} />
        </ReactFlowProvider>
      )}
    </div>
  );
}

function Surface({ isReadOnly, topRight, isSmall = false, room }: CanvasProps & { room: Room }) {
  const root = useRef<HTMLDivElement>(null);
  const viewport = useFirstViewport(room);
  const scheme = useComputedColorScheme('light');
  const { nodes, edges, stubs } = useFlow(!isReadOnly);
  const connecting = useConnecting();
  const moves = useMoves();
  const clicks = useClicks();
  const onKeyDown = useCanvasKeys(isReadOnly);
  const isMapOn = useUi((state) => state.isMapOn);
  const zoom = useStore((state) => state.transform[2]);
  const direction = useEditor((state) => shownDraft(state).layout.direction);
  const style = useMemo(() => ({ '--canvas-zoom': zoom }) as React.CSSProperties, [zoom]);

  const ui = useUiStore();
  useLayoutEffect(() => ui.getState().set({ isStill: isReadOnly }), [ui, isReadOnly]);
  useCentre();
  useTabStop(root);
  useFirstFit();
  useFitOfViewed();

  return (
    <div
      ref={root}
      className={`${classes.canvas} wp-${direction}${zoom < FAR ? ' wp-far' : ''}`}
      style={style}
      role="region"
      aria-label={text.page.canvasLabel}
      onKeyDownCapture={onKeyDown}
      onFocus={(event) => {
        if (root.current !== null && event.target instanceof HTMLElement && (event.target.dataset.node ?? event.target.dataset.out) !== undefined) rove(root.current, event.target);
      }}
    >
      {isReadOnly ? null : <StillPalette />}
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        colorMode={scheme}
        {...(viewport === null ? {} : { defaultViewport: viewport })}
        minZoom={0.2}
        maxZoom={2}
        nodesConnectable={!isReadOnly}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={null}
        panOnDrag={PAN_BUTTONS}
        panOnScroll={!isSmall}
        zoomOnScroll={!isSmall}
        preventScrolling={!isSmall}
        zoomOnDoubleClick={false}
        selectionMode={SelectionMode.Partial}
        elevateNodesOnSelect={false}
        elevateEdgesOnSelect={false}
        connectionRadius={24}
        connectionLineComponent={ConnectionLine}
        reconnectRadius={12}
        onNodesChange={moves.onNodesChange}
        onNodeDragStop={moves.onDragStop}
        onSelectionDragStop={moves.onDragStop}
        {...clicks}
        {...connecting}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={2} color="var(--wp-canvas-dot)" />
        <Stubs stubs={stubs} />
        {isMapOn && !isSmall ? <Map /> : null}
        <Reveal />
        <ZoomKeys />
        {isSmall ? null : <Legend />}
      </ReactFlow>
      {isSmall ? null : (
        <div className={classes.top}>
          {topRight}
          <PathBar />
        </div>
      )}
      <StillZoomBar hasMap={!isSmall} />
      <Hints root={root} />
    </div>
  );
}

/** Tab always finds a way in: React Flow draws nodes later than this component, and the one with the tab stop may go. */
function useTabStop(root: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const area = root.current;
    if (area === null) return undefined;
    const ensure = () => ensureTabStop(area);
    ensure();
    const observer = new MutationObserver(ensure);
    observer.observe(area, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [root]);
}

/** Tells those outside of the canvas where it is looked at. */
function useCentre(): void {
  const ui = useUiStore();
  const flow = useStoreApi();
  useEffect(() => {
    const centre = (): Point => {
      const { transform, width, height } = flow.getState();
      const [x, y, zoom] = transform;
      return [(width / 2 - x) / zoom, (height / 2 - y) / zoom];
    };
    ui.getState().set({ centre });
    return () => ui.getState().set({ centre: null });
  }, [ui, flow]);
}

/** Where the flow is looked at first, known to everything that is drawn from the beginning on. */
function useFirstViewport({ width, height }: Room): Viewport | null {
  const store = useEditorStore();
  const flow = useStoreApi();
  const [viewport] = useState(() => {
    const found = viewportOf(shownDraft(store.getState()), width, height);
    // Nobody listens yet: the provider was made in the same pass.
    if (found !== null) flow.setState({ transform: [found.x, found.y, found.zoom], width, height });
    return found;
  });
  return viewport;
}

const SETTLING_MS = 1_500;

/** A panel that opens with the page takes room from the canvas: the flow is fitted into what is left. */
function useFirstFit(): void {
  const fit = useFit();
  const width = useStore((state) => state.width);
  const opened = useRef(0);
  useEffect(() => {
    if (width === 0) return;
    if (opened.current === 0) opened.current = performance.now();
    if (performance.now() - opened.current < SETTLING_MS) fit();
  }, [width, fit]);
}

/** Another flow in place of the draft, and the draft again: each is a picture of its own, shown whole. */
function useFitOfViewed(): void {
  const fit = useFit();
  const label = useEditor((state) => state.viewing?.label);
  const shown = useRef(label);
  useEffect(() => {
    if (shown.current === label) return;
    shown.current = label;
    fit();
  }, [label, fit]);
}

/** The whole flow, small; only while a part of it is out of sight. */
function Map() {
  const isNeeded = useIsPartHidden();
  if (!isNeeded) return null;
  return <MiniMap className={classes.map ?? ''} style={{ width: 160, height: 100 }} pannable zoomable nodeBorderRadius={8} ariaLabel={text.zoom.map} nodeClassName={familyOf} />;
}

function familyOf(node: CardNode): string {
  return node.data.element.type;
}

/** Zoom by key, and the whole flow after it was laid out anew. */
function ZoomKeys() {
  const { zoomIn, zoomOut, zoomTo } = useReactFlow();
  const fit = useFit();
  useShortcuts(text.shortcuts.title, [
    { keys: '+', label: text.shortcuts.zoomIn, run: () => void zoomIn() },
    { keys: '-', label: text.shortcuts.zoomOut, run: () => void zoomOut() },
    { keys: '0', label: text.shortcuts.hundred, run: () => void zoomTo(1) },
    { keys: '1', label: text.shortcuts.fit, run: fit },
  ]);
  useEffect(() => {
    const soon = () => requestAnimationFrame(fit);
    window.addEventListener(FIT_EVENT, soon);
    return () => window.removeEventListener(FIT_EVENT, soon);
  }, [fit]);
  return null;
}

/** Follows the focus after something was added or found: brings the selected node into sight. */
function Reveal() {
  const { getNode, setViewport } = useReactFlow();
  const only = useEditor((state) => (state.selection.nodes.size === 1 ? [...state.selection.nodes][0] : undefined));
  const frame = useStore((state) => `${state.width}x${state.height}`);
  const last = useRef<string | undefined>(undefined);
  const [x, y, zoom] = useStore((state) => state.transform);
  useEffect(() => {
    const node = only === undefined ? undefined : getNode(only);
    if (node === undefined || (last.current === only && frame === lastFrame.current)) return;
    last.current = only;
    lastFrame.current = frame;
    const [width, height] = frame.split('x').map(Number) as [number, number];
    const left = node.position.x * zoom + x;
    const top = node.position.y * zoom + y;
    const dx = needed(left, (node.width ?? 0) * zoom, width);
    const dy = needed(top, (node.height ?? 0) * zoom, height);
    if (width > 0 && (dx !== 0 || dy !== 0)) void setViewport({ x: x + dx, y: y + dy, zoom });
    // Where the canvas stands is read, not followed: panning away from a selected node is fine.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [only, frame]);
  const lastFrame = useRef(frame);
  return null;
}

const REVEAL_MARGIN = 64;

/** How far to pan so that a card is in sight: no further than that. */
function needed(from: number, size: number, room: number): number {
  if (from < 0) return REVEAL_MARGIN - from;
  return from + size > room ? room - REVEAL_MARGIN - from - size : 0;
}

/** The same functions each time: new ones would make every card and every edge be drawn anew. */
function useClicks() {
  const store = useEditorStore();
  const router = useRouter();
  return useMemo(
    () => ({
      onNodeClick: (event: MouseEvent, node: CardNode) => {
        if (event.shiftKey || event.ctrlKey || event.metaKey) store.getState().toggle(node.id);
        else pick(store, [node.id]);
        focusStop({ kind: 'node', id: node.id });
      },
      onNodeDoubleClick: (_event: MouseEvent, node: CardNode) => store.getState().edit(node.id, 'first'),
      onEdgeClick: (event: MouseEvent, edge: WayEdge) => {
        const output = edge.sourceHandle ?? '';
        const { live, gateway, routeName } = store.getState();
        // With live traffic an edge is its requests; with Shift, and where there are none, it is selected as ever.
        if (live === null || event.shiftKey || !((liveCount(live, edge.source, output) ?? 0) > 0)) return store.getState().selectEdge({ id: edge.source, output });
        openHref(router, logsOfEdge(gateway, routeName, live, edge.source, output), event);
      },
      onPaneClick: () => pick(store, []),
    }),
    [store, router],
  );
}

/** Cards follow the pointer here; the document hears of it once, when they are let go. */
function useMoves() {
  const store = useEditorStore();
  const ui = useUiStore();
  const onNodesChange = useCallback(
    (changes: NodeChange<CardNode>[]) => {
      const positions = changes.flatMap((change): [string, Point][] =>
        change.type === 'position' && change.position !== undefined && change.dragging === true ? [[change.id, [change.position.x, change.position.y]]] : [],
      );
      if (positions.length > 0) {
        const state = store.getState();
        ui.moving.setState(moved(ui.moving.getState(), shownDraft(state), Object.fromEntries(positions), state.live !== null));
      }
      const chosen = changes.filter((change) => change.type === 'select');
      if (chosen.length > 0) select(store, chosen);
    },
    [store, ui],
  );
  const onDragStop = useCallback(() => {
    const { dragged } = ui.moving.getState();
    if (dragged === null) return;
    store.getState().dispatch({ type: 'move-nodes', positions: dragged });
    ui.moving.setState({ dragged: null, routes: ui.moving.getState().settled });
  }, [store, ui]);
  return { onNodesChange, onDragStop };
}

/** A frame drawn with Shift; clicks are handled where they happen. */
function select(store: ReturnType<typeof useEditorStore>, changes: { id: string; selected: boolean }[]): void {
  const nodes = new Set(store.getState().selection.nodes);
  const added = changes.filter(({ selected }) => selected);
  if (added.length === 0) return;
  for (const { id, selected } of changes) {
    if (selected) nodes.add(id);
    else nodes.delete(id);
  }
  store.getState().select(nodes);
}
