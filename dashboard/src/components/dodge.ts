/** Where notices stand, so that they cover nothing that somebody may want to press. Pure. */

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** From one place to the next higher one that is tried. */
const STEP = 8;
/** Left free around a control. */
const MARGIN = 6;
/** Notices belong to the lower part of the screen. */
const HIGHEST = 0.6;

/**
 * How far above its own place a stack of notices has to stand so that it covers none of these controls; where it covers some
 * anywhere, the lowest place with the fewest. It stays where it is while nothing is covered there: what moves by itself is hard
 * to press.
 */
export function liftOf(stack: Box, controls: readonly Box[], roomHeight: number, now = 0): number {
  const covered = (lift: number) => controls.filter((box) => meets({ ...stack, top: stack.top - lift, bottom: stack.bottom - lift }, box)).length;
  const highest = Math.max(0, Math.min(roomHeight * HIGHEST, stack.top));
  if (now <= highest && covered(now) === 0) return now;
  let best = { lift: 0, count: covered(0) };
  for (let lift = STEP; lift <= highest && best.count > 0; lift += STEP) {
    const count = covered(lift);
    if (count < best.count) best = { lift, count };
  }
  return best.lift;
}

function meets(one: Box, other: Box): boolean {
  return one.left < other.right + MARGIN && other.left - MARGIN < one.right && one.top < other.bottom + MARGIN && other.top - MARGIN < one.bottom;
}
