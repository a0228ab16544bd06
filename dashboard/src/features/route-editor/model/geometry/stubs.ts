import { canvasText } from '@/text/editor-canvas';

import { byId, positionOf } from '../document';
import { openOutputsOf } from '../graph';
import type { CardFlags } from '../size';
import type { Layout, OutputSpec, Point, RouteDocument } from '../types';
import { edgeKey } from './key';
import { outputPorts } from './ports';
import type { Rect } from './segments';

const text = { open: canvasText.edges.required };

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

/** Characters of 11.5 px text, and what stands around them: padding and the "+". Rather too wide than too narrow. */
const CHAR = 5.5;
const AROUND = 40;
const ONE_LINE = 24;
const TWO_LINES = 38;

/** What the label of an open output takes up, with its "+". */
export function stubRect({ spec, anchor: [x, y], side }: Pick<Stub, 'spec' | 'anchor' | 'side'>): Rect {
  const words = spec.required ? [spec.label === '' ? text.open : spec.label] : [spec.label, (spec.consequenceWhenOpen ?? '').split(',')[0] ?? ''];
  const width = Math.round(Math.max(...words.map((line) => line.length)) * CHAR + AROUND);
  const height = spec.required ? ONE_LINE : TWO_LINES;
  return side === 'right' ? { x, y: y - height / 2, width, height } : { x: x - width / 2, y, width, height };
}

const REACH = 20;
/** Labels of more open outputs than this would lie on each other below a card: every other one hangs deeper. */
const SIDE_BY_SIDE = 2;
const DEEPER = 30;

export function openStubs(document: RouteDocument, layout: Layout, flags: CardFlags = {}): Stub[] {
  const elements = byId(document);
  const open = openOutputsOf(document);
  const siblings = new Map<string, string[]>();
  for (const { from, spec } of open) if (!spec.isDetour) siblings.set(from.id, [...(siblings.get(from.id) ?? []), from.output]);
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
    const beside = siblings.get(from.id) ?? [];
    const place = beside.indexOf(from.output);
    const end: Point = [start[0], start[1] + REACH + (beside.length > SIDE_BY_SIDE && place % 2 === 1 ? DEEPER : 0)];
    return [{ key, id: from.id, output: from.output, spec, points: [start, end], anchor: end, side: 'bottom' }];
  });
}
