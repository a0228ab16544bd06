import type { Direction } from '../types';

/** Gaps between cards: along the flow, where edge labels lie, and across it, where detours do. */
export const RANK_GAP: Readonly<Record<Direction, number>> = { tb: 52, lr: 168 };
export const NODE_GAP: Readonly<Record<Direction, number>> = { tb: 96, lr: 40 };

/** Room of an edge that passes between cards. */
export const LANE_GAP: Readonly<Record<Direction, number>> = { tb: 40, lr: 28 };

/** Top to bottom, "Over limit · 429 to the client" needs this much more than the gap between cards. */
export const OPEN_DETOUR_ROOM = 56;

/** Nearer than this, new cards are not put beside others. */
export const CLEARANCE = 32;

/** Positions of Alt+arrows: a small and a big step, the canvas grid. */
export const STEP = 10;
export const BIG_STEP = 50;
