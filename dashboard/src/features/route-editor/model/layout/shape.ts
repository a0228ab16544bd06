import { openStubs, stubRect } from '../geometry/stubs';
import type { Rect } from '../geometry/segments';
import type { Direction, Layout, RouteDocument } from '../types';
import { boxesOf } from './box';
import { CLEARANCE } from './spacing';

/** What a card takes up on the canvas: itself, and beside it what its open outputs say, each with its "+". */
export interface Shape {
  id: string;
  card: Rect;
  handles: Rect[];
}

/** Handles are kept this far apart from everything: enough for a pointer to tell them apart. */
const HANDLE_CLEAR = 8;

/** All shapes of the cards that have a place. With live traffic on cards are longer and handles lie lower: both are kept free. */
export function shapesOf(document: RouteDocument, layout: Layout): Shape[] {
  const handles = new Map<string, Rect[]>();
  for (const live of [false, true]) {
    for (const stub of openStubs(document, layout, { live })) handles.set(stub.id, [...(handles.get(stub.id) ?? []), stubRect(stub)]);
  }
  return boxesOf(document, layout).map(({ id, ...card }) => ({ id, card, handles: handles.get(id) ?? [] }));
}

export function movedBy({ id, card, handles }: Shape, dx: number, dy: number): Shape {
  const moved = (rect: Rect): Rect => ({ ...rect, x: rect.x + dx, y: rect.y + dy });
  return { id, card: moved(card), handles: handles.map(moved) };
}

/** Pairs of areas of two shapes, with the gap that they want between them. */
export function pairsOf(a: Shape, b: Shape): [Rect, Rect, number][] {
  const pairs: [Rect, Rect, number][] = [[a.card, b.card, CLEARANCE]];
  for (const handle of a.handles) for (const area of [b.card, ...b.handles]) pairs.push([handle, area, HANDLE_CLEAR]);
  for (const handle of b.handles) pairs.push([a.card, handle, HANDLE_CLEAR]);
  return pairs;
}

export function near(a: Rect, b: Rect, gap: number): boolean {
  return a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap;
}

/** True when two cards come too near to each other, or one covers a "+" of the other. */
export function touch(a: Shape, b: Shape): boolean {
  return pairsOf(a, b).some(([one, other, gap]) => near(one, other, gap));
}

/** Where an area begins and how long it is, across the flow. */
export function acrossOf(direction: Direction, rect: Rect): { begin: number; size: number } {
  return direction === 'tb' ? { begin: rect.x, size: rect.width } : { begin: rect.y, size: rect.height };
}

/** The same along the flow. */
export function alongOf(direction: Direction, rect: Rect): { begin: number; size: number } {
  return direction === 'tb' ? { begin: rect.y, size: rect.height } : { begin: rect.x, size: rect.width };
}
