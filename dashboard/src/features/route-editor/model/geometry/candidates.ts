import type { Direction, Point } from '../types';
import type { LabelSize } from './label';
import { type Rect, simplified } from './segments';

/** An edge between two cards that have places, in canvas coordinates. */
export interface Span {
  key: string;
  from: string;
  to: string;
  start: Point;
  /** A detour that leaves at the right while the flow runs down. */
  leavesAside: boolean;
  end: Point;
  /** Where a detour may enter from the side. */
  side: Point;
  /** Several edges meet at the target: they gather right before it. */
  merges: boolean;
  /** How wide its label is, with its "+". */
  labelSize: LabelSize;
  /** Several edges leave the source in this direction: they part right behind it. */
  forks: boolean;
}

/** Half the gap between ranks, where edges turn; and where those that meet gather. */
const TURN: Readonly<Record<Direction, number>> = { tb: 26, lr: 84 };
const GATHER: Readonly<Record<Direction, number>> = { tb: 14, lr: 28 };
/** How far lanes keep from cards, and from each other. */
const CLEAR = 20;
/** An edge may miss the middle of a port by less than anybody sees, instead of making a tiny bend. */
const PORT_SLACK = 4;
const TRACK = 8;

/** Ways that an edge could take, made of straight pieces. */
export interface Candidates {
  /** The short ones: where one of them disturbs nothing, no other can be better. */
  plain: Point[][];
  /** Those along lanes beside the cards. */
  around(): Point[][];
}

/** `sides` are those of {@link sidesOf}. */
export function candidates(span: Span, direction: Direction, sides: readonly number[], care: Care = THOROUGH): Candidates {
  const [plain, around] = span.leavesAside ? [asideWays(span), () => asideLanes(span, sides, care)] : [mainWays(span, direction), () => mainLanes(span, direction, sides, care)];
  return { plain: plain.map(simplified), around: () => around().map(simplified) };
}

/** How many ways are looked at: all that could matter, or few enough for every frame of a drag. */
export interface Care {
  lanes: number;
  tracks: readonly number[];
}

export const THOROUGH: Care = { lanes: 24, tracks: [0, -TRACK, TRACK] };
export const QUICK: Care = { lanes: 8, tracks: [0] };

/** Along and across the flow: left to right is top to bottom, mirrored. */
interface Axes {
  point(across: number, along: number): Point;
  across(point: Point): number;
  along(point: Point): number;
}

const TB: Axes = { point: (across, along) => [across, along], across: ([x]) => x, along: ([, y]) => y };
const LR: Axes = { point: (across, along) => [along, across], across: ([, y]) => y, along: ([x]) => x };

/** Where an edge turns behind its source, and before its target. */
function turnsOf({ start, end, merges }: Span, direction: Direction): { turn: number; last: number } {
  const axes = direction === 'tb' ? TB : LR;
  const gap = axes.along(end) - axes.along(start);
  // Against the flow there is room for the whole turn, and for the label that lies on it.
  const turn = gap > 0 ? Math.min(TURN[direction], Math.max(GATHER[direction], gap / 2)) : TURN[direction];
  return { turn, last: axes.along(end) - (merges ? GATHER[direction] : turn) };
}

function mainWays(span: Span, direction: Direction): Point[][] {
  const { start, end, forks } = span;
  const axes = direction === 'tb' ? TB : LR;
  const [fromAcross, fromAlong] = [axes.across(start), axes.along(start)];
  const [toAcross, toAlong] = [axes.across(end), axes.along(end)];
  const gap = toAlong - fromAlong;
  const { turn, last } = turnsOf(span, direction);
  const ways: Point[][] = [];
  if (gap > 0 && Math.abs(fromAcross - toAcross) <= PORT_SLACK) ways.push([start, axes.point(fromAcross, toAlong)]);
  if (gap > 2 * GATHER[direction]) {
    const parting = [fromAlong + turn, fromAlong + turn - TRACK, fromAlong + turn + TRACK];
    const gathering = [last, last - TRACK, last + TRACK];
    const levels = forks ? [...parting, ...gathering] : [...gathering, ...parting];
    for (const level of levels.filter((each) => each > fromAlong + 6 && each < toAlong - 6)) {
      ways.push([start, axes.point(fromAcross, level), axes.point(toAcross, level), end]);
    }
  }
  return ways;
}

function mainLanes(span: Span, direction: Direction, sides: readonly number[], care: Care): Point[][] {
  const { start, end } = span;
  const axes = direction === 'tb' ? TB : LR;
  const [fromAcross, toAcross] = [axes.across(start), axes.across(end)];
  const { turn, last } = turnsOf(span, direction);
  const first = axes.along(start) + turn;
  const ways: Point[][] = [];
  for (const lane of lanes(sides, [fromAcross, toAcross], care)) {
    for (const begin of care.tracks.map((track) => first + track)) {
      for (const close of care.tracks.filter((track) => track <= 0).map((track) => last + track)) {
        ways.push([start, axes.point(fromAcross, begin), axes.point(lane, begin), axes.point(lane, close), axes.point(toAcross, close), end]);
      }
    }
  }
  return ways;
}

/** Out to the right; straight into the neighbour, or down into the target from above. */
function asideWays({ start, end, side }: Span): Point[][] {
  const [startX, startY] = start;
  const [endX, endY] = end;
  const [sideX, sideY] = side;
  const ways: Point[][] = [];
  if (sideX > startX + 24) {
    if (startY === sideY) ways.push([start, side]);
    else if (Math.abs(startY - sideY) < 60) {
      const middle = Math.round((startX + sideX) / 2);
      ways.push([start, [middle, startY], [middle, sideY], side]);
    }
  }
  if (endX > startX + 12 && endY > startY + 12) ways.push([start, [endX, startY], end]);
  return ways;
}

function asideLanes({ start, end, merges }: Span, sides: readonly number[], care: Care): Point[][] {
  const [startX, startY] = start;
  const [endX, endY] = end;
  const ways: Point[][] = [];
  const closes = merges ? [endY - GATHER.tb, endY - TURN.tb] : [endY - TURN.tb, endY - GATHER.tb];
  for (const lane of [startX + CLEAR, ...lanes(sides, [startX, endX], care)].filter((each) => each > startX + 8)) {
    for (const close of closes) ways.push([start, [lane, startY], [lane, close], [endX, close], end]);
  }
  return ways;
}

/** Just beside each card, nearest to both ends first: what lies between the ends is all the same, and comes in order. */
function lanes(sides: readonly number[], ends: readonly [number, number], { lanes: most }: Care): number[] {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const found = new Set<number>();
  let above = firstFrom(sides, low);
  let below = above - 1;
  found.add(low);
  while (above < sides.length && (sides[above] ?? 0) <= high && found.size < most) found.add(sides[above++] ?? 0);
  if (found.size < most) found.add(high);
  while (found.size < most && (below >= 0 || above < sides.length)) {
    const [down, up] = [low - (sides[below] ?? Number.NEGATIVE_INFINITY), (sides[above] ?? Number.POSITIVE_INFINITY) - high];
    if (down <= up) found.add(sides[below--] ?? low);
    else found.add(sides[above++] ?? high);
  }
  return [...found];
}

/** Where lanes could lie at all, in order; once for all edges. */
export function sidesOf(boxes: readonly Rect[], direction: Direction, { tracks }: Care): number[] {
  const sides = boxes.flatMap(({ x, y, width, height }) => (direction === 'tb' ? [x - CLEAR, x + width + CLEAR] : [y - CLEAR, y + height + CLEAR]));
  return [...new Set(sides.flatMap((side) => tracks.map((track) => side + track)))].sort((a, b) => a - b);
}

function firstFrom(sorted: readonly number[], value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
