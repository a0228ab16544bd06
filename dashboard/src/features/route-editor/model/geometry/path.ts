import type { Point } from '../types';

export const CORNER_RADIUS = 12;

/** The way as an SVG path with round corners. */
export function pathOf(points: readonly Point[], radius = CORNER_RADIUS): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const corners = rest.slice(0, -1).map((corner, at) => rounded(points[at] ?? corner, corner, rest[at + 1] ?? corner, radius));
  const last = rest.at(-1);
  return [`M${first.join()}`, ...corners, ...(last === undefined ? [] : [`L${last.join()}`])].join('');
}

function rounded(before: Point, corner: Point, after: Point, radius: number): string {
  const reach = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
  return `L${towards(corner, before, reach).join()}Q${corner.join()} ${towards(corner, after, reach).join()}`;
}

function towards([x, y]: Point, [toX, toY]: Point, by: number): Point {
  return [x + Math.sign(toX - x) * by, y + Math.sign(toY - y) * by];
}

function distance([x1, y1]: Point, [x2, y2]: Point): number {
  return Math.abs(x2 - x1) + Math.abs(y2 - y1);
}
