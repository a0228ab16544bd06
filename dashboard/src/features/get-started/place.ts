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

/** Lower than a card of the flow: a button. */
const BUTTON_HEIGHT_MAX = 48;

/**
 * Left of a card, where no output leaves and nothing is labelled, ending where the card ends; right of it where there is no room.
 * Below a button, so that its neighbours stay free; in narrow windows below or above.
 */
export function place(box: Box, view: { width: number; height: number }): Placed {
  const width = Math.min(HINT.width, view.width - 2 * EDGE);
  const fitX = (left: number) => Math.min(Math.max(EDGE, left), view.width - width - EDGE);
  const fitY = (top: number) => Math.min(Math.max(EDGE, top), view.height - HINT.height - EDGE);
  const bottom = box.top + box.height;
  const hasRoomBelow = bottom + GAP + HINT.height + EDGE <= view.height;
  if (box.height > BUTTON_HEIGHT_MAX || !hasRoomBelow) {
    const left = box.left - GAP - width;
    const right = box.left + box.width + GAP;
    if (left >= EDGE) return { left, top: fitY(bottom - HINT.height) };
    if (right + width + EDGE <= view.width) return { left: right, top: fitY(bottom - HINT.height) };
  }
  const centred = fitX(box.left + box.width / 2 - width / 2);
  return hasRoomBelow ? { left: centred, top: bottom + GAP } : { left: centred, top: fitY(box.top - GAP - HINT.height) };
}
