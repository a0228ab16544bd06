import type { Edge } from '../graph';
import type { Direction, RouteElement } from '../types';

/** One rank on, or beside: top to bottom, a model that stands in for another one stands next to it. */
export interface RankedEdge extends Edge {
  length: 0 | 1;
}

export interface Ranks {
  of: ReadonlyMap<string, number>;
  /** Edges that agree with the ranks; what a broken flow loops back is left out. */
  edges: RankedEdge[];
}

/** Each card as early as what leads to it allows. */
export function ranksOf(elements: ReadonlyMap<string, RouteElement>, order: readonly string[], edges: readonly Edge[], direction: Direction): Ranks {
  const ranked = edges.map((edge): RankedEdge => ({ ...edge, length: standsBeside(elements, edge, direction) ? 0 : 1 }));
  const sorted = topological(order, ranked);
  const place = new Map(sorted.map((id, at) => [id, at]));
  const forward = ranked.filter(({ from, to }) => (place.get(from.id) ?? 0) < (place.get(to) ?? 0));
  const of = new Map<string, number>();
  for (const id of sorted) {
    const incoming = forward.filter(({ to }) => to === id);
    of.set(id, Math.max(0, ...incoming.map(({ from, length }) => (of.get(from.id) ?? 0) + length)));
  }
  return { of, edges: forward };
}

function standsBeside(elements: ReadonlyMap<string, RouteElement>, { from, to, spec }: Edge, direction: Direction): boolean {
  return direction === 'tb' && spec.isDetour && elements.get(from.id)?.type === 'model' && elements.get(to)?.type === 'model';
}

/** What leads comes before what it leads to; in a broken flow, as far as that goes. */
function topological(order: readonly string[], edges: readonly Edge[]): string[] {
  const waits = new Map(order.map((id) => [id, 0]));
  for (const { to } of edges) waits.set(to, (waits.get(to) ?? 0) + 1);
  const left = new Set(order);
  const sorted: string[] = [];
  while (left.size > 0) {
    const [first] = left;
    const next = [...left].find((id) => waits.get(id) === 0) ?? first ?? '';
    left.delete(next);
    sorted.push(next);
    for (const { from, to } of edges) if (from.id === next) waits.set(to, (waits.get(to) ?? 1) - 1);
  }
  return sorted;
}
