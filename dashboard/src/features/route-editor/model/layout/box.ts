import { byId, positionOf } from '../document';
import { roomOf } from '../size';
import type { Direction, Layout, Point, RouteDocument } from '../types';

export interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The cards that have a place. */
export function boxesOf(document: RouteDocument, layout: Layout): Box[] {
  return [...byId(document).values()].flatMap((element) => {
    const position = positionOf(layout, element.id);
    return position === undefined ? [] : [{ id: element.id, x: position[0], y: position[1], ...roomOf(element, layout.direction) }];
  });
}

/** True when two cards touch or come nearer to each other than a gap. */
export function collide(a: Box, b: Box, gap = 0): boolean {
  return a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap;
}

/** Where a card begins along the flow. */
export function mainOf(direction: Direction, box: Pick<Box, 'x' | 'y'>): number {
  return direction === 'tb' ? box.y : box.x;
}

export function mainSizeOf(direction: Direction, box: Pick<Box, 'width' | 'height'>): number {
  return direction === 'tb' ? box.height : box.width;
}

export function shifted(direction: Direction, [x, y]: Point, main: number, across = 0): Point {
  return direction === 'tb' ? [x + across, y + main] : [x + main, y + across];
}
