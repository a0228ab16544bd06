import { outputsOf } from '../element';
import { type CardFlags, NODE_WIDTH, heightOf } from '../size';
import type { Direction, Point, RouteElement } from '../types';

export type Side = 'top' | 'right' | 'bottom' | 'left';

export interface Port {
  /** Relative to the card's upper left corner. */
  at: Point;
  side: Side;
}

/** Where things enter: on top, or at the left when the flow runs to the right. */
export function inputPort(element: RouteElement, direction: Direction, _flags?: CardFlags): Port {
  return direction === 'tb' ? { at: [NODE_WIDTH / 2, 0], side: 'top' } : sidePort(element, direction);
}

/** A detour may enter its neighbour from the side. Live numbers make a card longer, but move no port at its sides. */
export function sidePort(element: RouteElement, direction: Direction, _flags?: CardFlags): Port {
  return { at: [0, heightOf(element, { direction }) / 2], side: 'left' };
}

/**
 * Top to bottom, normal outputs leave below and detours at the right; left to right, all leave at the right, detours
 * last.
 */
export function outputPorts(element: RouteElement, direction: Direction, flags: CardFlags = {}): Map<string, Port> {
  const outputs = outputsOf(element);
  const height = heightOf(element, { direction });
  const bottom = heightOf(element, { ...flags, direction });
  const ports = new Map<string, Port>();
  const spread = (names: readonly string[], length: number, port: (offset: number) => Port): void =>
    names.forEach((name, at) => ports.set(name, port(Math.round(((at + 0.5) / names.length) * length))));
  const right = (offset: number): Port => ({ at: [NODE_WIDTH, offset], side: 'right' });
  if (direction === 'lr') {
    spread(outputs.map(({ name }) => name), height, right);
    return ports;
  }
  const normal = outputs.filter(({ isDetour }) => !isDetour).map(({ name }) => name);
  const detours = outputs.filter(({ isDetour }) => isDetour).map(({ name }) => name);
  spread(normal, NODE_WIDTH, (offset) => ({ at: [offset, bottom], side: 'bottom' }));
  spread(detours, height, right);
  return ports;
}
