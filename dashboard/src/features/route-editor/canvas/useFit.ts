import { getViewportForBounds, useReactFlow, useStoreApi } from '@xyflow/react';
import { useCallback } from 'react';

import { openStubs, stubRect } from '../model';
import { shownDraft, useEditorStore } from '../store';

/** Room for the bars that float over the canvas. */
const PADDING = { top: '20px', right: '28px', bottom: '60px', left: '28px' } as const;
const ZOOM_MAX = 1;
const ZOOM_MIN = 0.2;

/** Shows the whole flow, labels of open outputs included, never larger than life. */
export function useFit(): () => void {
  const store = useEditorStore();
  const flow = useStoreApi();
  const { setViewport } = useReactFlow();
  return useCallback(() => {
    const { nodes, width, height } = flow.getState();
    if (nodes.length === 0 || width === 0) return;
    const { document, layout } = shownDraft(store.getState());
    const boxes = [
      ...nodes.map((node) => ({ x: node.position.x, y: node.position.y, width: node.width ?? 0, height: node.height ?? 0 })),
      ...openStubs(document, layout).map(stubRect),
    ];
    const left = Math.min(...boxes.map((box) => box.x));
    const top = Math.min(...boxes.map((box) => box.y));
    const bounds = { x: left, y: top, width: Math.max(...boxes.map((box) => box.x + box.width)) - left, height: Math.max(...boxes.map((box) => box.y + box.height)) - top };
    void setViewport(getViewportForBounds(bounds, width, height, ZOOM_MIN, ZOOM_MAX, PADDING));
  }, [store, flow, setViewport]);
}
