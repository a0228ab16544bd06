import type { Point } from '../types';

/** A piece of a way, running straight across or straight down. */
export interface Segment {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function segmentsOf(points: readonly Point[]): Segment[] {
  return points.slice(1).map(([x, y], at) => {
    const [fromX, fromY] = points[at] ?? [x, y];
    return { x1: Math.min(fromX, x), y1: Math.min(fromY, y), x2: Math.max(fromX, x), y2: Math.max(fromY, y) };
  });
}

/** True when the segment runs through the inside of a rectangle. */
export function runsThrough({ x1, y1, x2, y2 }: Segment, { x, y, width, height }: Rect): boolean {
  return x1 < x + width && x2 > x && y1 < y + height && y2 > y;
}

/** True when two pieces cross in their middles, not where one ends. */
export function crosses(a: Segment, b: Segment): boolean {
  if (isFlat(a) === isFlat(b)) return false;
  return isFlat(a) ? isAcross(a, b) : isAcross(b, a);
}

function isAcross(flat: Segment, steep: Segment): boolean {
  return flat.x1 < steep.x1 && steep.x1 < flat.x2 && steep.y1 < flat.y1 && flat.y1 < steep.y2;
}

/** How long two pieces run on top of each other. */
export function overlap(a: Segment, b: Segment): number {
  if (isFlat(a) && isFlat(b) && a.y1 === b.y1) return Math.max(0, Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1));
  if (!isFlat(a) && !isFlat(b) && a.x1 === b.x1) return Math.max(0, Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1));
  return 0;
}

export function lengthOf(points: readonly Point[]): number {
  return segmentsOf(points).reduce((sum, { x1, y1, x2, y2 }) => sum + x2 - x1 + y2 - y1, 0);
}

/** Without corners that are none. */
export function simplified(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const [before, last] = [kept.at(-2), kept.at(-1)];
    if (last !== undefined && last[0] === point[0] && last[1] === point[1]) continue;
    const isStraight = before !== undefined && last !== undefined && ((before[0] === last[0] && last[0] === point[0]) || (before[1] === last[1] && last[1] === point[1]));
    if (isStraight) kept[kept.length - 1] = point;
    else kept.push(point);
  }
  return kept;
}

function isFlat({ y1, y2 }: Segment): boolean {
  return y1 === y2;
}
