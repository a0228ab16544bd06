/** Where a hint stands beside the control it speaks of, without covering it and without leaving the window. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Placed {
  left: number;
  top: number;
}

export const HINT = { width: 300, height: 156 };
const GAP = 14;
const EDGE = 12;

/** Right of it, left of it, below, above: the first that fits; in narrow windows below or above. */
export function place(box: Box, view: { width: number; height: number }): Placed {
  const width = Math.min(HINT.width, view.width - 2 * EDGE);
  const fitX = (left: number) => Math.min(Math.max(EDGE, left), view.width - width - EDGE);
  const fitY = (top: number) => Math.min(Math.max(EDGE, top), view.height - HINT.height - EDGE);
  const right = box.left + box.width + GAP;
  if (right + width + EDGE <= view.width) return { left: right, top: fitY(box.top) };
  const left = box.left - GAP - width;
  if (left >= EDGE) return { left, top: fitY(box.top) };
  const below = box.top + box.height + GAP;
  if (below + HINT.height + EDGE <= view.height) return { left: fitX(box.left + box.width / 2 - width / 2), top: below };
  return { left: fitX(box.left + box.width / 2 - width / 2), top: fitY(box.top - GAP - HINT.height) };
}
