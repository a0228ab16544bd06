import { byId, positionOf } from '../document';
import { openOutputsOf } from '../graph';
import type { CardFlags } from '../size';
import type { Layout, OutputSpec, Point, RouteDocument } from '../types';
import { edgeKey } from './key';
import { outputPorts } from './ports';

/** An output that leads nowhere: a short dashed line to what happens there, and its "+". */
export interface Stub {
  key: string;
  id: string;
  output: string;
  spec: OutputSpec;
  points: [Point, Point];
  /** Where the label begins: its top middle below a card, its left middle beside one. */
  anchor: Point;
  side: 'right' | 'bottom';
}

const REACH = 20;
/** Labels of more open outputs than this would lie on each other below a card: every other one hangs deeper. */
const SIDE_BY_SIDE = 2;
const DEEPER = 30;

export function openStubs(document: RouteDocument, layout: Layout, flags: CardFlags = {}): Stub[] {
  const elements = byId(document);
  const open = openOutputsOf(document);
  return open.flatMap(({ from, spec }): Stub[] => {
    const element = elements.get(from.id);
    const at = positionOf(layout, from.id);
    const port = element && outputPorts(element, layout.direction, flags).get(from.output);
    if (at === undefined || port === undefined) return [];
    const start: Point = [at[0] + port.at[0], at[1] + port.at[1]];
    const key = edgeKey(from.id, from.output);
    if (port.side === 'right') {
      const end: Point = [start[0] + REACH, start[1]];
      return [{ key, id: from.id, output: from.output, spec, points: [start, end], anchor: end, side: 'right' }];
    }
    const siblings = open.filter((other) => other.from.id === from.id && !other.spec.isDetour);
    const place = siblings.findIndex((other) => other.from.output === from.output);
    const end: Point = [start[0], start[1] + REACH + (siblings.length > SIDE_BY_SIDE && place % 2 === 1 ? DEEPER : 0)];
    return [{ key, id: from.id, output: from.output, spec, points: [start, end], anchor: end, side: 'bottom' }];
  });
}
