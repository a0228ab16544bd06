import type { Direction, Point } from '../types';
import type { Span } from './candidates';

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
