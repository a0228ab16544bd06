import { byId, positionOf } from '../document';
import { outputOf } from '../element';
import { reachableFrom } from '../graph';
import { withEntry } from '../own';
import { type Size, heightOf, roomOf } from '../size';
import type { Layout, OutputRef, Point, RouteDocument } from '../types';
import { type Box, boxesOf, collide, mainOf, mainSizeOf, shifted } from './box';
import { CLEARANCE, NODE_GAP, RANK_GAP } from './spacing';

export function withPosition(layout: Layout, id: string, [x, y]: Point): Layout {
  return { ...layout, nodes: withEntry(layout.nodes, id, [Math.round(x), Math.round(y)]) };
}

/** A card behind an open output: one rank on, a detour one place aside; nothing else moves. */
export function placeBehind(document: RouteDocument, layout: Layout, from: OutputRef, id: string): Layout {
  const source = boxesOf(document, layout).find((box) => box.id === from.id);
  if (source === undefined) return placeAlone(document, layout, id);
  const room = roomFor(document, layout, id);
  const element = byId(document).get(from.id);
  const isDetour = element !== undefined && outputOf(element, from.output)?.isDetour === true;
  const { direction } = layout;
  const along = mainSizeOf(direction, source) + RANK_GAP[direction];
  const aside = (direction === 'tb' ? source.width : source.height) + NODE_GAP[direction];
  const wish = shifted(direction, [source.x, source.y], along, isDetour ? aside : 0);
  return withPosition(layout, id, freePlace(document, layout, id, wish, room));
}

/** A card that nothing leads to: beside everything else, at the height of the beginning. */
export function placeAlone(document: RouteDocument, layout: Layout, id: string): Layout {
  const boxes = boxesOf(document, layout).filter((box) => box.id !== id);
  if (boxes.length === 0) return withPosition(layout, id, [0, 0]);
  const { direction } = layout;
  const wish: Point =
    direction === 'tb'
      ? [Math.max(...boxes.map((box) => box.x + box.width)) + NODE_GAP.tb, Math.min(...boxes.map((box) => box.y))]
      : [Math.min(...boxes.map((box) => box.x)), Math.max(...boxes.map((box) => box.y + box.height)) + NODE_GAP.lr];
  return withPosition(layout, id, freePlace(document, layout, id, wish, roomFor(document, layout, id)));
}

/** A card on an edge: between both ends. Only what comes later is pushed along; everything else stays to the pixel. */
export function makeRoom(document: RouteDocument, layout: Layout, from: OutputRef, id: string, to: string): Layout {
  const boxes = boxesOf(document, layout);
  const source = boxes.find((box) => box.id === from.id);
  const target = boxes.find((box) => box.id === to);
  if (source === undefined || target === undefined) return placeBehind(document, layout, from, id);
  const { direction } = layout;
  const room = roomFor(document, layout, id);
  const gap = RANK_GAP[direction];
  const begin = mainOf(direction, source) + mainSizeOf(direction, source) + gap;
  const across = direction === 'tb' ? target.x : target.y + (lineOf(document, to) - lineOf(document, id)) / 2;
  const wish: Point = direction === 'tb' ? [across, begin] : [begin, across];
  const later = laterThan(document, boxes, id, to, begin, direction);
  const staying = boxes.filter((box) => !later.has(box.id));
  const place = freeAmong(staying, { id, x: wish[0], y: wish[1], ...room }, direction);
  const needed = mainOf(direction, { x: place[0], y: place[1] }) + mainSizeOf(direction, room) + gap - mainOf(direction, target);
  const push = clearPush(boxes, later, Math.max(0, needed), direction);
  return push === 0 ? withPosition(layout, id, place) : withPosition(pushed(layout, later, push), id, place);
}

/** What the new card's target leads to, as far as it lies behind the new card. */
function laterThan(document: RouteDocument, boxes: readonly Box[], id: string, to: string, begin: number, direction: Layout['direction']): Set<string> {
  const later = reachableFrom(document, to);
  later.delete(id);
  return new Set(boxes.filter((box) => later.has(box.id) && mainOf(direction, box) + mainSizeOf(direction, box) > begin).map((box) => box.id));
}

/** Far enough that what is pushed lands on nothing that stays. */
function clearPush(boxes: readonly Box[], later: ReadonlySet<string>, least: number, direction: Layout['direction']): number {
  if (least === 0) return 0;
  const moving = boxes.filter((box) => later.has(box.id));
  const staying = boxes.filter((box) => !later.has(box.id));
  let push = least;
  for (let tries = 0; tries < boxes.length * boxes.length; tries += 1) {
    const hit = firstHit(moving, staying, push, direction);
    if (hit === null) return push;
    push = hit;
  }
  return push;
}

/** The push that gets the first touching card past what it touches; null when none touches. */
function firstHit(moving: readonly Box[], staying: readonly Box[], push: number, direction: Layout['direction']): number | null {
  for (const box of moving) {
    const [x, y] = shifted(direction, [box.x, box.y], push);
    // What touched before anything was pushed is somebody's own arrangement.
    const hit = staying.find((other) => collide({ ...box, x, y }, other) && !collide(box, other));
    if (hit !== undefined) return mainOf(direction, hit) + mainSizeOf(direction, hit) + CLEARANCE - mainOf(direction, box);
  }
  return null;
}

function pushed(layout: Layout, ids: ReadonlySet<string>, by: number): Layout {
  const nodes = Object.entries(layout.nodes).map(([id, point]): [string, Point] => [id, ids.has(id) ? shifted(layout.direction, point, by) : point]);
  return { ...layout, nodes: Object.fromEntries(nodes) };
}

function freePlace(document: RouteDocument, layout: Layout, id: string, wish: Point, room: Size): Point {
  const others = boxesOf(document, layout).filter((box) => box.id !== id);
  return freeAmong(others, { id, x: wish[0], y: wish[1], ...room }, layout.direction);
}

/** The wished place, or the next free one across the flow, nearest first. */
function freeAmong(others: readonly Box[], box: Box, direction: Layout['direction']): Point {
  const candidates = others.flatMap((other) =>
    direction === 'tb'
      ? [other.x + other.width + NODE_GAP.tb, other.x - box.width - NODE_GAP.tb]
      : [other.y + other.height + NODE_GAP.lr, other.y - box.height - NODE_GAP.lr],
  );
  const wish = direction === 'tb' ? box.x : box.y;
  const nearest = [wish, ...candidates.sort((a, b) => Math.abs(a - wish) - Math.abs(b - wish) || b - a)];
  for (const across of nearest) {
    const tried = direction === 'tb' ? { ...box, x: across } : { ...box, y: across };
    if (others.every((other) => !collide(tried, other, CLEARANCE))) return [tried.x, tried.y];
  }
  return [box.x, box.y];
}

/** Height of a card that its ports follow when the flow runs to the right. */
function lineOf(document: RouteDocument, id: string): number {
  const element = byId(document).get(id);
  return element === undefined ? 0 : heightOf(element, { direction: 'lr' });
}

function roomFor(document: RouteDocument, { direction }: Layout, id: string): Size {
  return roomOf(byId(document).get(id) ?? { id, type: '', outputs: {} }, direction);
}

/** Cards without a place get one; cards that have one keep it. */
export function missingPlaces(document: RouteDocument, layout: Layout): string[] {
  return [...byId(document).keys()].filter((id) => positionOf(layout, id) === undefined);
}
