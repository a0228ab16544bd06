import { type Viewport, getViewportForBounds, useReactFlow, useStoreApi } from '@xyflow/react';
import { useCallback } from 'react';

import { type Draft, NODE_WIDTH, elementOf, heightOf, openStubs, stubRect } from '../model';
import { shownDraft, useEditorStore } from '../store';

/** Room for the bars that float over the canvas. */
const PADDING = { top: '20px', right: '28px', bottom: '60px', left: '28px' } as const;
const ZOOM_MAX = 1;
const ZOOM_MIN = 0.2;

/** Shows the whole flow, labels of open outputs included, never larger than life; null while there is nothing to see, or no room. */
export function viewportOf({ document, layout }: Draft, width: number, height: number): Viewport | null {
  const cards = Object.entries(layout.nodes).flatMap(([id, [x, y]]) => {
    const element = elementOf(document, id);
    return element === undefined ? [] : [{ x, y, width: NODE_WIDTH, height: heightOf(element, { direction: layout.direction }) }];
  });
  if (cards.length === 0 || width === 0 || height === 0) return null;
  const boxes = [...cards, ...openStubs(document, layout).map(stubRect)];
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  const bounds = { x: left, y: top, width: Math.max(...boxes.map((box) => box.x + box.width)) - left, height: Math.max(...boxes.map((box) => box.y + box.height)) - top };
  return getViewportForBounds(bounds, width, height, ZOOM_MIN, ZOOM_MAX, PADDING);
}

export function useFit(): () => void {
  const store = useEditorStore();
  const flow = useStoreApi();
  const { setViewport } = useReactFlow();
  return useCallback(() => {
    const { width, height } = flow.getState();
    const viewport = viewportOf(shownDraft(store.getState()), width, height);
    if (viewport !== null) void setViewport(viewport);
  }, [store, flow, setViewport]);
}
