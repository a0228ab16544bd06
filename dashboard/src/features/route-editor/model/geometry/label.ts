import type { CardFlags } from '../size';
import type { Direction, Point } from '../types';
import type { Span } from './candidates';
import type { Rect } from './segments';

export interface LabelPlace {
  label: Point;
  labelRoom: number;
}

/** Labels stay near their source: that is what they speak of. */
const NEAR: Readonly<Record<Direction, number>> = { tb: 40, lr: 84 };
/** A piece this long across the flow carries the label of a fork. */
const CARRIES = 40;
/** Left to right, a way that turns within the first gap has its label at the turn: nearer to the card there is no room. */
const TURNS_WITHIN = 100;
/** A bend this small is hidden by the label, which stays level with its port. */
const SMALL_BEND = 24;
const ASIDE_CARRIES = 90;
/** Too short to carry a label without touching its card. */
const SHORT = 36;
const ACROSS = 80;

export function labelOf(points: readonly Point[], span: Pick<Span, 'leavesAside' | 'forks'>, direction: Direction): LabelPlace {
  const [start, second, third] = points;
  if (start === undefined || second === undefined) return { label: start ?? [0, 0], labelRoom: 0 };
  if (span.leavesAside) return asideLabel(start, second, third);
  if (direction === 'lr' && third !== undefined && distance(second, third) < SMALL_BEND && distance(start, second) <= TURNS_WITHIN) return on(start, second, 1);
  if (third !== undefined && isTurn(distance(start, second), distance(second, third), span.forks, direction)) return on(second, third, 0.5);
  const length = distance(start, second);
  // Too little room below the card: the label moves to where the edge runs across, still near its source.
  if (third !== undefined && length < SHORT && distance(second, third) >= CARRIES) return on(second, third, Math.min(0.5, ACROSS / distance(second, third)));
  // A small step aside: the label covers it, midway between both cards.
  if (third !== undefined && length < SHORT && distance(second, third) < CARRIES) return { ...on(second, third, 0.5), labelRoom: Number.POSITIVE_INFINITY };
  return on(start, second, length === 0 ? 0.5 : Math.min(0.5, NEAR[direction] / length));
}

function isTurn(first: number, across: number, forks: boolean, direction: Direction): boolean {
  return direction === 'tb' ? forks && across >= CARRIES : first <= TURNS_WITHIN;
}

function asideLabel(start: Point, second: Point, third: Point | undefined): LabelPlace {
  if (third === undefined || distance(start, second) >= ASIDE_CARRIES) return on(start, second, 0.5);
  return on(second, third, 0.5);
}

function on(from: Point, to: Point, share: number): LabelPlace {
  const isAcross = from[1] === to[1];
  const label: Point = [Math.round(from[0] + (to[0] - from[0]) * share), Math.round(from[1] + (to[1] - from[1]) * share)];
  return { label, labelRoom: isAcross ? Math.abs(to[0] - from[0]) : Number.POSITIVE_INFINITY };
}

function distance(from: Point, to: Point): number {
  return Math.abs(to[0] - from[0]) + Math.abs(to[1] - from[1]);
}

/** Labels on pieces shorter than this take two lines, and give the place of the count to the "+" when it is asked for. */
export const LABEL_ROOM_MIN = 120;

/** Characters of 11.5 px text; what stands around them; a count with its share. */
const CHAR = 5.5;
const AROUND = 38;
const COUNT = 44;
const HEIGHT = 24;
const HEIGHT_TWO = 38;

/** What a label takes up: its words with the "+", and its count where that stands in the same line. */
export function labelSize(words: string, flags: CardFlags = {}): LabelSize {
  const count = flags.live === true ? COUNT : 0;
  return words === '' ? { width: HEIGHT, count: count * 2 } : { width: words.length * CHAR + AROUND, count };
}

export interface LabelSize {
  width: number;
  count: number;
}

/** Where else a label may lie on each piece of its way. */
const SHARES = [0.5, 0.3, 0.7, 0.15, 0.85];

/** What a label covers. */
export function labelRect({ label: [x, y], labelRoom }: LabelPlace, { width, count }: LabelSize): Rect {
  const isTwoLines = count > 0 && labelRoom < LABEL_ROOM_MIN;
  const [across, up] = isTwoLines ? [width, HEIGHT_TWO] : [width + count, HEIGHT];
  return { x: x - across / 2, y: y - up / 2, width: across, height: up };
}

/** The place that was chosen, or, where a card or another label would cover a part of it, the first place on its way that is free. */
export function clearLabel(chosen: LabelPlace, points: readonly Point[], { labelSize: size }: Pick<Span, 'labelSize'>, cards: readonly Rect[], labels: readonly Rect[]): LabelPlace {
  const isFree = (place: LabelPlace, from: readonly Rect[]) => {
    const rect = labelRect(place, size);
    return !from.some((other) => covers(rect, other));
  };
  if (isFree(chosen, cards) && isFree(chosen, labels)) return chosen;
  const others = points.slice(1).flatMap((to, at) => SHARES.map((share) => on(points[at] ?? to, to, share)));
  const beside = [chosen, ...others].filter((place) => isFree(place, cards));
  return beside.find((place) => isFree(place, labels)) ?? beside[0] ?? chosen;
}

function covers(one: Rect, other: Rect): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}
