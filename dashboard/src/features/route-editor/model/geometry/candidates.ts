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

/** Ways that an edge could take, plain ones first. All of them are made of straight pieces. */
export function candidates(span: Span, direction: Direction, boxes: readonly Rect[], care: Care = THOROUGH): Point[][] {
  const ways = span.leavesAside ? asideWays(span, boxes, care) : mainWays(span, direction, boxes, care);
  return ways.map(simplified);
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

function mainWays({ start, end, merges, forks }: Span, direction: Direction, boxes: readonly Rect[], care: Care): Point[][] {
  const axes = direction === 'tb' ? TB : LR;
  const [fromAcross, fromAlong] = [axes.across(start), axes.along(start)];
  const [toAcross, toAlong] = [axes.across(end), axes.along(end)];
  const gap = toAlong - fromAlong;
  // Against the flow there is room for the whole turn, and for the label that lies on it.
  const turn = gap > 0 ? Math.min(TURN[direction], Math.max(GATHER[direction], gap / 2)) : TURN[direction];
  const last = toAlong - (merges ? GATHER[direction] : turn);
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
  const first = fromAlong + turn;
  for (const lane of lanes(boxes, direction, [fromAcross, toAcross], care)) {
    for (const begin of care.tracks.map((track) => first + track)) {
      for (const close of care.tracks.filter((track) => track <= 0).map((track) => last + track)) {
        ways.push([start, axes.point(fromAcross, begin), axes.point(lane, begin), axes.point(lane, close), axes.point(toAcross, close), end]);
      }
    }
  }
  return ways;
}

/** Out to the right; straight into the neighbour, or down into the target from above. */
function asideWays({ start, end, side, merges }: Span, boxes: readonly Rect[], care: Care): Point[][] {
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
  const closes = merges ? [endY - GATHER.tb, endY - TURN.tb] : [endY - TURN.tb, endY - GATHER.tb];
  for (const lane of [startX + CLEAR, ...lanes(boxes, 'tb', [startX, endX], care)].filter((each) => each > startX + 8)) {
    for (const close of closes) ways.push([start, [lane, startY], [lane, close], [endX, close], end]);
  }
  return ways;
}

/** Just beside each card, nearest to both ends first. */
function lanes(boxes: readonly Rect[], direction: Direction, ends: readonly number[], care: Care): number[] {
  const sides = boxes.flatMap(({ x, y, width, height }) => (direction === 'tb' ? [x - CLEAR, x + width + CLEAR] : [y - CLEAR, y + height + CLEAR]));
  const offsets = sides.flatMap((side) => care.tracks.map((track) => side + track));
  const detour = (lane: number): number => ends.reduce((sum, end) => sum + Math.abs(lane - end), 0);
  return [...new Set([...ends, ...offsets])].sort((a, b) => detour(a) - detour(b) || a - b).slice(0, care.lanes);
}
