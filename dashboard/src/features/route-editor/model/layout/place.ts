import { byId, positionOf } from '../document';
import { outputOf } from '../element';
import { edgeKey } from '../geometry/key';
import { routeEdges } from '../geometry/route';
import { type Rect, segmentsOf } from '../geometry/segments';
import { edgesOf, reachableFrom } from '../graph';
import { withEntry, withoutEntry } from '../own';
import { NODE_WIDTH, type Size, heightOf, roomOf } from '../size';
import type { Direction, Layout, OutputRef, Point, RouteDocument } from '../types';
import { type Box, boxesOf, mainOf, mainSizeOf, shifted } from './box';
import { type Shape, acrossOf, alongOf, movedBy, near, pairsOf, shapesOf, touch } from './shape';
import { NODE_GAP, RANK_GAP } from './spacing';

export function withPosition(layout: Layout, id: string, [x, y]: Point): Layout {
  return { ...layout, nodes: withEntry(layout.nodes, id, [Math.round(x), Math.round(y)]) };
}

/** A card behind an open output: one rank on, a detour one place aside; nothing else moves. */
export function placeBehind(document: RouteDocument, layout: Layout, from: OutputRef, id: string): Layout {
  const source = boxesOf(document, layout).find((box) => box.id === from.id);
  if (source === undefined) return placeAlone(document, layout, id);
  const element = byId(document).get(from.id);
  const isDetour = element !== undefined && outputOf(element, from.output)?.isDetour === true;
  const { direction } = layout;
  const along = mainSizeOf(direction, source) + RANK_GAP[direction];
  const aside = (direction === 'tb' ? source.width : source.height) + NODE_GAP[direction];
  const wish = shifted(direction, [source.x, source.y], along, isDetour ? aside : 0);
  return withPosition(layout, id, freePlace(document, layout, id, wish));
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
  return withPosition(layout, id, freePlace(document, layout, id, wish));
}

/** A card that nothing leads to, as near as can be to where somebody looks: `middle` is where its own middle would lie. */
export function placeNear(document: RouteDocument, layout: Layout, id: string, middle: Point): Layout {
  const { width, height } = roomFor(document, layout, id);
  const wish: Point = [Math.round(middle[0] - width / 2), Math.round(middle[1] - height / 2)];
  const shape = shapeAt(document, layout, id, wish);
  const others = shapesOf(document, layout).filter((other) => other.id !== id);
  const ways = waysOf(document, layout, id);
  const isFree = (tried: Shape): boolean => others.every((other) => !touch(tried, other)) && ways.every((way) => !near(tried.card, way, WAY_CLEAR));
  const [xs, ys] = besides(shape, others, ways);
  const tries = xs.flatMap((x) => ys.map((y): Point => [x, y])).sort((a, b) => distance(a, wish) - distance(b, wish));
  const found = tries.find(([x, y]) => isFree(movedBy(shape, x - wish[0], y - wish[1])));
  return found === undefined ? placeAlone(document, layout, id) : withPosition(layout, id, found);
}

/** Where the middle of a card would lie right behind another one. */
export function middleBehind(document: RouteDocument, layout: Layout, id: string): Point | undefined {
  const box = boxesOf(document, layout).find((each) => each.id === id);
  if (box === undefined) return undefined;
  const { direction } = layout;
  const on = mainSizeOf(direction, box) + RANK_GAP[direction] + (direction === 'tb' ? TYPICAL_HEIGHT : NODE_WIDTH) / 2;
  return direction === 'tb' ? [box.x + box.width / 2, box.y + on] : [box.x + on, box.y + box.height / 2];
}

const TYPICAL_HEIGHT = 94;

/** New cards keep this far from the edges of others, and from their labels. */
const WAY_CLEAR = 10;
const LABEL: Size = { width: 110, height: 24 };
/** Places that are looked at in each direction: those next to the nearest neighbours. */
const TRIES = 40;

/** Lines and labels of the edges that have nothing to do with a card. */
function waysOf(document: RouteDocument, layout: Layout, id: string): Rect[] {
  const own = new Set(edgesOf(document).flatMap(({ from, to }) => (from.id === id || to === id ? [edgeKey(from.id, from.output)] : [])));
  const others: Layout = { ...layout, nodes: withoutEntry(layout.nodes, id) };
  return [...routeEdges(document, others)].flatMap(([key, { points, label: [x, y] }]) => {
    if (own.has(key)) return [];
    const lines = segmentsOf(points).map(({ x1, y1, x2, y2 }): Rect => ({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 }));
    return [...lines, { x: x - LABEL.width / 2, y: y - LABEL.height / 2, ...LABEL }];
  });
}

/** Where a card could begin so that it lies right beside, above or below something, nearest first. */
function besides(shape: Shape, others: readonly Shape[], ways: readonly Rect[]): [number[], number[]] {
  const { x, y } = shape.card;
  const areas = [...others.flatMap((other) => pairsOf(shape, other)), ...ways.map((way): [Rect, Rect, number] => [shape.card, way, WAY_CLEAR])];
  const xs = areas.flatMap(([mine, theirs, gap]) => [theirs.x + theirs.width + gap + x - mine.x, theirs.x - gap - mine.width + x - mine.x]);
  const ys = areas.flatMap(([mine, theirs, gap]) => [theirs.y + theirs.height + gap + y - mine.y, theirs.y - gap - mine.height + y - mine.y]);
  const nearest = (wish: number, found: number[]) => [...new Set([wish, ...found])].sort((a, b) => Math.abs(a - wish) - Math.abs(b - wish)).slice(0, TRIES);
  return [nearest(x, xs), nearest(y, ys)];
}

function distance([x1, y1]: Point, [x2, y2]: Point): number {
  return Math.abs(x1 - x2) + Math.abs(y1 - y2);
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
  const later = laterThan(document, boxes, { id, source, target, begin }, direction);
  const shapes = shapesOf(document, layout).filter((shape) => shape.id !== id);
  const staying = shapes.filter((shape) => !later.has(shape.id));
  const moving = shapes.filter((shape) => later.has(shape.id));
  const place = freeAmong(staying, shapeAt(document, layout, id, wish), direction);
  const needed = mainOf(direction, { x: place[0], y: place[1] }) + mainSizeOf(direction, room) + gap - mainOf(direction, target);
  const push = clearPush(moving, staying, shapeAt(document, layout, id, place), Math.max(0, needed), direction);
  return push === 0 ? withPosition(layout, id, place) : withPosition(pushed(layout, later, push), id, place);
}

interface Insertion {
  id: string;
  source: Box;
  target: Box;
  /** Where the new card begins along the flow. */
  begin: number;
}

/**
 * The new card's target, unless somebody put it before the source, and what that leads to, as far as it lies behind the
 * new card. A target that stands beside the source moves behind the new card, so that no edge runs back.
 */
function laterThan(document: RouteDocument, boxes: readonly Box[], { id, source, target, begin }: Insertion, direction: Direction): Set<string> {
  const endOf = (box: Box): number => mainOf(direction, box) + mainSizeOf(direction, box);
  const reached = reachableFrom(document, target.id);
  reached.delete(id);
  reached.delete(source.id);
  const isBehind = endOf(target) > mainOf(direction, source);
  const from = isBehind ? Math.min(begin, endOf(target)) : begin;
  return new Set(boxes.filter((box) => reached.has(box.id) && (endOf(box) > from || (isBehind && box.id === target.id))).map((box) => box.id));
}

/** Far enough that what is pushed lands on nothing that stays, nor on the new card, and covers no "+". */
function clearPush(moving: readonly Shape[], staying: readonly Shape[], fresh: Shape, least: number, direction: Direction): number {
  let push = least;
  for (let tries = 0; tries < (moving.length + staying.length + 1) ** 2; tries += 1) {
    const next = firstHit(moving, staying, fresh, push, direction);
    if (next === null) return push;
    push = next;
  }
  return push;
}

/** The push that gets the first touching card past what it touches; null when none touches. */
function firstHit(moving: readonly Shape[], staying: readonly Shape[], fresh: Shape, push: number, direction: Direction): number | null {
  const [dx, dy] = shifted(direction, [0, 0], push);
  for (const shape of moving) {
    const there = movedBy(shape, dx, dy);
    const hit = hitOf(there, fresh, null) ?? staying.map((other) => hitOf(there, other, shape)).find((found) => found !== null);
    if (hit === undefined || hit === null) continue;
    const [mine, theirs, gap] = hit;
    const [from, to] = [alongOf(direction, mine), alongOf(direction, theirs)];
    return push + to.begin + to.size + gap - from.begin;
  }
  return null;
}

/** What of one shape lies on what of another; not what already did `before`, which is somebody's own arrangement. */
function hitOf(there: Shape, other: Shape, before: Shape | null): [Rect, Rect, number] | null {
  const was = before === null ? [] : pairsOf(before, other);
  // Between cards any distance will do while pushing, but what is pushed past one another gets the usual gap.
  const at = pairsOf(there, other).findIndex(([mine, theirs, gap], pair) => {
    const known = was[pair];
    const least = pair === 0 ? 0 : gap;
    return near(mine, theirs, least) && (known === undefined || !near(known[0], known[1], least));
  });
  return at < 0 ? null : (pairsOf(there, other)[at] ?? null);
}

function pushed(layout: Layout, ids: ReadonlySet<string>, by: number): Layout {
  const nodes = Object.entries(layout.nodes).map(([id, point]): [string, Point] => [id, ids.has(id) ? shifted(layout.direction, point, by) : point]);
  return { ...layout, nodes: Object.fromEntries(nodes) };
}

function freePlace(document: RouteDocument, layout: Layout, id: string, wish: Point): Point {
  const others = shapesOf(document, layout).filter((shape) => shape.id !== id);
  return freeAmong(others, shapeAt(document, layout, id, wish), layout.direction);
}

/** The wished place, or the next free one across the flow, nearest first. */
function freeAmong(others: readonly Shape[], shape: Shape, direction: Direction): Point {
  const wish = acrossOf(direction, shape.card).begin;
  const candidates = others.flatMap((other) =>
    pairsOf(shape, other).flatMap(([mine, theirs, gap], pair) => {
      const [own, their] = [acrossOf(direction, mine), acrossOf(direction, theirs)];
      const apart = pair === 0 ? NODE_GAP[direction] : gap;
      const from = own.begin - wish;
      return [their.begin + their.size + apart - from, their.begin - own.size - apart - from];
    }),
  );
  const nearest = [wish, ...candidates.sort((a, b) => Math.abs(a - wish) - Math.abs(b - wish) || b - a)];
  for (const across of nearest) {
    const tried = movedBy(shape, direction === 'tb' ? across - wish : 0, direction === 'tb' ? 0 : across - wish);
    if (others.every((other) => !touch(tried, other))) return [tried.card.x, tried.card.y];
  }
  return [shape.card.x, shape.card.y];
}

/** What a card would take up somewhere. */
function shapeAt(document: RouteDocument, layout: Layout, id: string, at: Point): Shape {
  const shape = shapesOf(document, withPosition(layout, id, at)).find((each) => each.id === id);
  return shape ?? { id, card: { x: at[0], y: at[1], ...roomFor(document, layout, id) }, handles: [] };
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
