import { routeEditorText as text } from '@/text/route-editor';

import { byId, positionOf } from '../document';
import { titleOf } from '../element';
import { tidyLayout } from '../layout/tidy';
import type { Direction, Draft, Point } from '../types';
import type { Applied, Refused } from './command';

export function moveNodes(draft: Draft, positions: Record<string, Point>): Applied | Refused {
  const known = byId(draft.document);
  const moved = Object.entries(positions).filter(([id]) => known.has(id));
  const [first] = moved;
  if (first === undefined) return { refused: text.refused.nothingToMove };
  const rounded = moved.map(([id, [x, y]]): [string, Point] => [id, [Math.round(x), Math.round(y)]]);
  const nodes = Object.fromEntries([...Object.entries(draft.layout.nodes), ...rounded]);
  const said = moved.length === 1 ? text.said.moved(titleOf(draft.document, first[0])) : text.said.movedMany(moved.length);
  return { draft: { ...draft, layout: { ...draft.layout, nodes } }, said };
}

/** All cards, or those given when there are several: these keep their upper left corner, the others their places. */
export function tidy(draft: Draft, ids: readonly string[] | undefined): Applied {
  const chosen = new Set(ids ?? []);
  const { direction } = draft.layout;
  if (chosen.size < 2) return { draft: { ...draft, layout: tidyLayout(draft.document, direction) }, said: text.said.tidied };
  const elements = draft.document.elements.filter(({ id }) => chosen.has(id));
  const tidied = tidyLayout({ ...draft.document, elements }, direction).nodes;
  const [fromX, fromY] = corner(Object.values(tidied));
  const [toX, toY] = corner(elements.flatMap(({ id }) => [positionOf(draft.layout, id) ?? []].filter((point): point is Point => point.length === 2)));
  const placed = Object.entries(tidied).map(([id, [x, y]]): [string, Point] => [id, [x - fromX + toX, y - fromY + toY]]);
  const nodes = Object.fromEntries([...Object.entries(draft.layout.nodes), ...placed]);
  return { draft: { ...draft, layout: { ...draft.layout, nodes } }, said: text.said.tidied };
}

export function setDirection(draft: Draft, direction: Direction): Applied {
  return { draft: { ...draft, layout: tidyLayout(draft.document, direction) }, said: text.said.turned[direction] };
}

function corner(points: readonly Point[]): Point {
  if (points.length === 0) return [0, 0];
  return [Math.min(...points.map(([x]) => x)), Math.min(...points.map(([, y]) => y))];
}
