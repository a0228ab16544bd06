import { type Draft, NODE_WIDTH, type Point, elementOf, heightOf, incomingOf, outputsOf, positionOf, targetOf } from '../model';

export type Arrow = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight';

const DIRECTIONS: Readonly<Record<Arrow, Point>> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export function isArrow(key: string): key is Arrow {
  return Object.hasOwn(DIRECTIONS, key);
}

export function stepOf(key: Arrow, size: number): Point {
  const [x, y] = DIRECTIONS[key];
  return [x * size, y * size];
}

/** The connected node that lies in that direction, the straightest and nearest one; null when there is none. */
export function neighbour(draft: Draft, id: string, key: Arrow): string | null {
  const from = centre(draft, id);
  const element = elementOf(draft.document, id);
  if (from === null || element === undefined) return null;
  const [dx, dy] = DIRECTIONS[key];
  const targets = outputsOf(element).flatMap(({ name }) => targetOf(element, name) ?? []);
  const connected = new Set([...targets, ...incomingOf(draft.document, id).map((output) => output.id)]);
  let best: { id: string; cost: number } | null = null;
  for (const other of connected) {
    const to = centre(draft, other);
    if (to === null || other === id) continue;
    const along = (to[0] - from[0]) * dx + (to[1] - from[1]) * dy;
    const across = Math.abs((to[0] - from[0]) * dy) + Math.abs((to[1] - from[1]) * dx);
    if (along <= 0) continue;
    const cost = along + across * 2;
    if (best === null || cost < best.cost) best = { id: other, cost };
  }
  return best?.id ?? null;
}

function centre({ document, layout }: Draft, id: string): Point | null {
  const at = positionOf(layout, id);
  const element = elementOf(document, id);
  if (at === undefined || element === undefined) return null;
  return [at[0] + NODE_WIDTH / 2, at[1] + heightOf(element, { direction: layout.direction }) / 2];
}
