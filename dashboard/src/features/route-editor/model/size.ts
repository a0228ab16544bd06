import { conditionRows } from './condition/sentence';
import { outputsOf } from './element';
import type { Direction, RouteElement } from './types';

export const NODE_WIDTH = 240;

/** Ports are targets of 24 px, and never share one. */
export const PORT_PITCH = 26;

export interface CardFlags {
  /** Left to right, the outputs of a split lie below each other and need their height. */
  direction?: Direction;
  /** Live numbers are shown: models get a footer, budgets their fullest bucket. */
  live?: boolean;
}

export interface Size {
  width: number;
  height: number;
}

/** Heights follow from the document alone, so that nothing has to be measured before it can be laid out. */
export function heightOf(element: RouteElement, flags: CardFlags = {}): number {
  switch (element.type) {
    case 'start':
    case 'end':
      return 40;
    case 'conditional':
      return conditionHeight(element);
    case 'percentage':
      return flags.direction === 'lr' ? Math.max(94, outputsOf(element).length * PORT_PITCH) : 94;
    case 'rate':
      return element.properties?.limitType === 'cost' && flags.live === true ? 110 : 84;
    case 'model':
      return flags.live === true ? 102 : 82;
    default:
      return 70;
  }
}

/** The room a card takes in a layout: as high as it gets, so that switching live traffic on never makes cards touch. */
export function roomOf(element: RouteElement, direction: Direction): Size {
  return { width: NODE_WIDTH, height: heightOf(element, { live: true, direction }) };
}

/** Characters of 12.5 px text that fit into one line of a card. */
const LINE_CHARS = 32;

function conditionHeight(element: RouteElement): number {
  const rows = conditionRows(element);
  const first = rows[0]?.map((piece) => piece.text).join('').length ?? 0;
  const more = Math.min(Math.max(rows.length - 1, 0), 3);
  return (first > LINE_CHARS ? 88 : 70) + more * 20;
}
