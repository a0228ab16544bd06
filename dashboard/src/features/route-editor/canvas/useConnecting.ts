import { type Connection, type FinalConnectionState, type OnConnectStartParams, useReactFlow } from '@xyflow/react';
import { type DragEvent, useMemo } from 'react';

import { type NodeChoice, allowedTargets } from '../model';
import { CHOICES } from '../nodes/registry';
import { useEditorStore } from '../store';
import { addNode } from './acts';
import type { WayEdge } from './flow';
import { NODE_TYPE } from './Palette';
import { useUiStore } from './ui';

/** Drawing, re-attaching and dropping edges, and dropping nodes from the palette. */
export function useConnecting() {
  const store = useEditorStore();
  const ui = useUiStore();
  const { screenToFlowPosition } = useReactFlow();
  return useMemo(() => {
    const begin = (id: string, output: string) => {
      const { document } = store.getState().draft;
      ui.getState().set({ connecting: { from: { id, output }, targets: allowedTargets(document, id, output) } });
    };
    const end = () => ui.getState().set({ connecting: null });
    /** Dropped where nothing is: the add menu opens there. Dropped where it may not: the reason is said. */
    const dropped = (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const { connecting } = ui.getState();
      end();
      if (connecting === null) return;
      if (state.toNode !== null) {
        const why = connecting.targets.why(state.toNode.id);
        if (why !== '') store.getState().announce(why);
        return;
      }
      const { clientX: x, clientY: y } = 'changedTouches' in event ? (event.changedTouches[0] ?? { clientX: 0, clientY: 0 }) : event;
      const at = screenToFlowPosition({ x, y });
      ui.getState().openMenu({ from: connecting.from, mode: 'insert', anchor: { x, y }, at: [Math.round(at.x - 120), Math.round(at.y)] });
    };
    let isReattached = false;
    return {
      onConnectStart: (_event: MouseEvent | TouchEvent, { nodeId, handleId, handleType }: OnConnectStartParams) => {
        if (nodeId !== null && handleId !== null && handleType === 'source') begin(nodeId, handleId);
      },
      onConnect: ({ source, sourceHandle, target }: Connection) => {
        store.getState().dispatch({ type: 'connect', from: { id: source, output: sourceHandle ?? '' }, to: target });
      },
      onConnectEnd: dropped,
      isValidConnection: ({ source, target }: Connection | WayEdge) => {
        const { connecting } = ui.getState();
        const targets = connecting?.from.id === source ? connecting.targets : allowedTargets(store.getState().draft.document, source);
        return targets.ids.has(target);
      },
      onReconnectStart: (_event: unknown, edge: WayEdge) => {
        isReattached = false;
        begin(edge.source, edge.sourceHandle ?? '');
      },
      onReconnect: (edge: WayEdge, { source, sourceHandle, target }: Connection) => {
        isReattached = true;
        store.getState().dispatch({ type: 'reattach', from: { id: edge.source, output: edge.sourceHandle ?? '' }, output: { id: source, output: sourceHandle ?? '' }, to: target });
      },
      onReconnectEnd: (_event: MouseEvent | TouchEvent, _edge: WayEdge, _type: unknown, state: FinalConnectionState) => {
        const { connecting } = ui.getState();
        end();
        if (isReattached || connecting === null || state.toNode === null) return;
        const why = connecting.targets.why(state.toNode.id);
        if (why !== '') store.getState().announce(why);
      },
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes(NODE_TYPE)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
      },
      onDrop: (event: DragEvent) => {
        const choice = CHOICES.find((each) => each === event.dataTransfer.getData(NODE_TYPE));
        if (choice === undefined) return;
        event.preventDefault();
        drop(event, choice);
      },
    };

    function drop(event: DragEvent, choice: NodeChoice): void {
      const onto = (event.target as Element).closest<HTMLElement>('[data-drop]')?.dataset.drop;
      if (onto !== undefined) {
        const [id = '', output = ''] = onto.split('\n');
        return addNode(store, choice, { from: { id, output } });
      }
      const at = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      addNode(store, choice, { at: [Math.round(at.x - 120), Math.round(at.y - 20)] });
    }
  }, [store, ui, screenToFlowPosition]);
}
