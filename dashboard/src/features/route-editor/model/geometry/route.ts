import { byId, positionOf } from '../document';
import { outputsOf } from '../element';
import { memoised } from '../memo';
import { edgesOf } from '../graph';
import { type CardFlags, NODE_WIDTH, heightOf } from '../size';
import type { Direction, Layout, Point, RouteDocument } from '../types';
import { type Candidates, type Care, QUICK, type Span, THOROUGH, candidates, sidesOf } from './candidates';
import { clearLabel, labelOf, labelRect, labelSize } from './label';
import { edgeKey } from './key';
import { inputPort, outputPorts, sidePort } from './ports';
import { type Rect, type Segment, crosses, lengthOf, overlap, runsThrough, segmentsOf } from './segments';
import { openStubs, stubRect } from './stubs';

/** The way of an edge over the canvas. */
export interface Route {
  points: Point[];
  /** Middle of its label. */
  label: Point;
  /** How long the piece is that the label lies on, when it runs across; labels on short ones take two lines. */
  labelRoom: number;
}

export type Routes = ReadonlyMap<string, Route>;

/** Ways of all edges: around cards, and across each other only where nothing else is left. */
export function routeEdges(document: RouteDocument, layout: Layout, flags: CardFlags = {}): Routes {
  const spans = spansOf(document, layout, flags);
  return routed(spans, new Map(), spans, rectsOf(document, layout, flags), layout.direction, PASSES, THOROUGH);
}

/** The same while some cards are moved: only edges that touch them get new ways. Quick enough for every frame. */
export function reroute(before: Routes, document: RouteDocument, layout: Layout, moved: ReadonlySet<string>, flags: CardFlags = {}): Routes {
  const spans = spansOf(document, layout, flags);
  const changed = spans.filter(({ key, from, to }) => moved.has(from) || moved.has(to) || !before.has(key));
  const known = new Map(spans.flatMap(({ key }) => {
    const route = before.get(key);
    return route === undefined || changed.some((span) => span.key === key) ? [] : [[key, route] as const];
  }));
  return routed(changed, known, spans, rectsOf(document, layout, flags), layout.direction, 1, QUICK);
}

function routed(open: readonly Span[], known: ReadonlyMap<string, Route>, spans: readonly Span[], rects: ReadonlyMap<string, Rect>, direction: Direction, passes: number, care: Care): Routes {
  const byKey = new Map(spans.map((span) => [span.key, span]));
  const placed = new Map<string, Placed>();
  for (const [key, route] of known) {
    const span = byKey.get(key);
    if (span !== undefined) placed.set(key, { span, points: route.points, ...linesOf(route.points) });
  }
  const boxes = [...rects].filter(([id]) => !id.startsWith(STUB)).map(([, rect]) => rect);
  const obstacles = [...rects].map(([id, rect]) => obstacleOf(id, rect));
  const sides = sidesOf(boxes, direction, care);
  const order = open.toSorted((a, b) => straightness(a) - straightness(b));
  // A second look at edges that disturb: the first ones could not know what would come.
  for (let pass = 0; pass < passes; pass += 1) {
    for (const span of order) {
      const now = placed.get(span.key);
      if (now !== undefined) {
        placed.delete(span.key);
        if (disturbance(span, now.segments, now.bounds, obstacles, placed) === 0) {
          placed.set(span.key, now);
          continue;
        }
      }
      placed.set(span.key, place(span, best(span, candidates(span, direction, sides, care), obstacles, placed)));
    }
  }
  const stubs = [...rects].filter(([id]) => id.startsWith(STUB)).map(([, rect]) => rect);
  const labels = [...stubs, ...[...known].map(([key, route]) => labelRect(route, byKey.get(key)?.labelSize ?? NO_LABEL))];
  return new Map(spans.flatMap(({ key, labelSize: size }) => {
    const found = placed.get(key);
    const settled = known.get(key);
    if (settled !== undefined) return [[key, settled] as const];
    if (found === undefined) return [];
    const label = clearLabel(labelOf(found.points, found.span, direction), found.points, found.span, boxes, labels);
    labels.push(labelRect(label, size));
    return [[key, { points: found.points, ...label }] as const];
  }));
}

const PASSES = 3;
const NO_LABEL = { width: 0, count: 0 };

interface Placed {
  span: Span;
  points: Point[];
  segments: Segment[];
  bounds: Segment;
}

function place(span: Span, points: Point[]): Placed {
  return { span, points, ...linesOf(points) };
}

const linesOf = memoised((points: readonly Point[]) => {
  const segments = segmentsOf(points);
  return { segments, bounds: boundsOf(segments) };
});

/** Prices: through a card, across or on top of another edge, round corners, and far. */
const THROUGH = 10_000;
const OVER_LABEL = 700;
const CROSSING = 1_500;
const ON_TOP = 400;
const CORNER = 12;
const LENGTH = 0.2;

/** The cheapest way. Ways around cards are only looked for where every short one disturbs something. */
function best(span: Span, { plain, around }: Candidates, obstacles: readonly Obstacle[], placed: ReadonlyMap<string, Placed>): Point[] {
  const short = cheapest(span, plain, obstacles, placed);
  if (short.isUndisturbed) return short.way;
  return cheapest(span, [...plain, ...around()], obstacles, placed).way;
}

/** Plain prices are known at once, so that most ways need no look at what they would disturb. */
function cheapest(span: Span, ways: readonly Point[][], obstacles: readonly Obstacle[], placed: ReadonlyMap<string, Placed>): { way: Point[]; isUndisturbed: boolean } {
  const priced = ways.map((way) => ({ way, plain: lengthOf(way) * LENGTH + (way.length - 2) * CORNER })).sort((a, b) => a.plain - b.plain);
  let found: Point[] = [span.start, span.end];
  let least = Number.POSITIVE_INFINITY;
  let isUndisturbed = false;
  for (const { way, plain } of priced) {
    if (plain >= least) break;
    const segments = segmentsOf(way);
    const price = plain + disturbance(span, segments, boundsOf(segments), obstacles, placed, least - plain);
    if (price < least) {
      least = price;
      found = way;
      isUndisturbed = price === plain;
    }
  }
  return { way: found, isUndisturbed };
}

function disturbance(
  span: Span,
  segments: readonly Segment[],
  bounds: Segment,
  obstacles: readonly Obstacle[],
  placed: ReadonlyMap<string, Placed>,
  limit = Number.POSITIVE_INFINITY,
): number {
  let price = 0;
  for (const obstacle of obstacles) {
    if (!meets(bounds, obstacle.bounds)) continue;
    const area = obstacle.id === span.from || obstacle.id === span.to ? obstacle.rect : obstacle.grown;
    for (const segment of segments) if (runsThrough(segment, area)) price += obstacle.price;
    if (price >= limit) return price;
  }
  for (const other of placed.values()) {
    if (!meets(bounds, other.bounds)) continue;
    for (const segment of segments) {
      // Most pieces are far from each other, also where the boxes around both ways are not.
      if (!meets(segment, other.bounds)) continue;
      for (const theirs of other.segments) {
        if (crosses(segment, theirs)) price += CROSSING;
        // Edges to one target may share their last piece.
        else if (other.span.to !== span.to && overlap(segment, theirs) > 0) price += ON_TOP + overlap(segment, theirs);
      }
    }
    if (price >= limit) return price;
  }
  return price;
}

/** What ways keep away from, made ready once for the thousands of times it is asked about. */
interface Obstacle {
  id: string;
  rect: Rect;
  /** With the distance that ways keep; what labels say may be passed closely. */
  grown: Rect;
  bounds: Segment;
  price: number;
}

function obstacleOf(id: string, rect: Rect): Obstacle {
  const isStub = id.startsWith(STUB);
  const grown = isStub ? rect : inflated(rect);
  return { id, rect, grown, bounds: { x1: grown.x, y1: grown.y, x2: grown.x + grown.width, y2: grown.y + grown.height }, price: isStub ? OVER_LABEL : THROUGH };
}

function boundsOf(segments: readonly Segment[]): Segment {
  const bounds = { x1: Infinity, y1: Infinity, x2: -Infinity, y2: -Infinity };
  for (const { x1, y1, x2, y2 } of segments) {
    bounds.x1 = Math.min(bounds.x1, x1);
    bounds.y1 = Math.min(bounds.y1, y1);
    bounds.x2 = Math.max(bounds.x2, x2);
    bounds.y2 = Math.max(bounds.y2, y2);
  }
  return bounds;
}

function meets(a: Segment, b: Segment): boolean {
  return a.x1 <= b.x2 && b.x1 <= a.x2 && a.y1 <= b.y2 && b.y1 <= a.y2;
}

function spansOf(document: RouteDocument, layout: Layout, flags: CardFlags): Span[] {
  const elements = byId(document);
  const edges = edgesOf(document);
  const incoming = new Map<string, number>();
  for (const { to } of edges) incoming.set(to, (incoming.get(to) ?? 0) + 1);
  return edges.flatMap(({ from, to, spec }) => {
    const [source, target] = [elements.get(from.id), elements.get(to)];
    const [at, goal] = [positionOf(layout, from.id), positionOf(layout, to)];
    if (source === undefined || target === undefined || at === undefined || goal === undefined) return [];
    const port = outputPorts(source, layout.direction, flags).get(from.output);
    if (port === undefined) return [];
    return [
      {
        key: edgeKey(from.id, from.output),
        from: from.id,
        to,
        start: plus(at, port.at),
        leavesAside: layout.direction === 'tb' && spec.isDetour,
        end: plus(goal, inputPort(target, layout.direction).at),
        side: plus(goal, sidePort(target, layout.direction).at),
        merges: (incoming.get(to) ?? 0) > 1,
        labelSize: labelSize(spec.label, flags),
        forks: outputsOf(source).filter((output) => layout.direction === 'lr' || !output.isDetour).length > 1,
      },
    ];
  });
}

/** What ways go around: cards, and what open outputs say. */
function rectsOf(document: RouteDocument, layout: Layout, flags: CardFlags): Map<string, Rect> {
  const cards = [...byId(document).values()].flatMap((element): [string, Rect][] => {
    const at = positionOf(layout, element.id);
    if (at === undefined) return [];
    return [[element.id, { x: at[0], y: at[1], width: NODE_WIDTH, height: heightOf(element, { ...flags, direction: layout.direction }) }]];
  });
  const stubs = openStubs(document, layout, flags).map((stub): [string, Rect] => [`${STUB}${stub.key}`, stubRect(stub)]);
  return new Map([...cards, ...stubs]);
}

/** No id of an element begins like this. */
const STUB = '\u0000';

/** Straight and short ones first: they have the least choice. */
function straightness({ start, end }: Span): number {
  const [across, along] = [Math.abs(start[0] - end[0]), Math.abs(start[1] - end[1])];
  return Math.min(across, along) === 0 ? across + along : 10_000 + across + along;
}

function inflated({ x, y, width, height }: Rect): Rect {
  return { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
}

const MARGIN = 8;

function plus([x, y]: Point, [dx, dy]: Point): Point {
  return [x + dx, y + dy];
}
