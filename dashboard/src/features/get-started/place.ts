/** Where a hint stands beside the control it speaks of, without covering it and without leaving the area that is free for it. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Borders of the free area: navigation and side panels are not part of it. */
export interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
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
export function place(box: Box, free: Area): Placed {
  const width = Math.min(HINT.width, free.right - free.left - 2 * EDGE);
  const fitX = (left: number) => Math.max(free.left + EDGE, Math.min(left, free.right - width - EDGE));
  const fitY = (top: number) => Math.max(free.top + EDGE, Math.min(top, free.bottom - HINT.height - EDGE));
  const bottom = box.top + box.height;
  const hasRoomBelow = bottom + GAP + HINT.height + EDGE <= free.bottom;
  if (box.height > BUTTON_HEIGHT_MAX || !hasRoomBelow) {
    const left = box.left - GAP - width;
    const right = box.left + box.width + GAP;
    if (left >= free.left + EDGE) return { left, top: fitY(bottom - HINT.height) };
    if (right + width + EDGE <= free.right) return { left: right, top: fitY(bottom - HINT.height) };
  }
  const centred = fitX(box.left + box.width / 2 - width / 2);
  return hasRoomBelow ? { left: centred, top: bottom + GAP } : { left: centred, top: fitY(box.top - GAP - HINT.height) };
}
