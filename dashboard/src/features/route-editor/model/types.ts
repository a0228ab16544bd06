/** The JSON types of elements. A rate limit and a budget limit are both `rate`; `properties.limitType` tells them apart. */
export type NodeKind = 'start' | 'conditional' | 'percentage' | 'rate' | 'model' | 'end';

/** What the add menu and the palette offer. */
export type NodeChoice = 'conditional' | 'percentage' | 'rate' | 'budget' | 'model';

export interface RouteOutput {
  elementId: string;
  [unknown: string]: unknown;
}

export interface RouteElement {
  id: string;
  type: NodeKind | (string & {});
  title?: string;
  outputs: Record<string, RouteOutput>;
  properties?: Record<string, unknown>;
  [unknown: string]: unknown;
}

export interface RouteDocument {
  elements: RouteElement[];
  [unknown: string]: unknown;
}

export type Direction = 'tb' | 'lr';
export type Point = [x: number, y: number];

export interface Layout {
  direction: Direction;
  /** Top left corners. */
  nodes: Record<string, Point>;
}

/** What an editor holds: the flow, and beside it where its cards lie. */
export interface Draft {
  document: RouteDocument;
  layout: Layout;
}

/** One output of one element: an edge when it is connected, an open end when not. */
export interface OutputRef {
  id: string;
  output: string;
}

export interface OutputSpec {
  name: string;
  /** Text on the edge; empty for Start. */
  label: string;
  required: boolean;
  /** Over limit, Over budget, On failure: dashed, and never the way that is hoped for. */
  isDetour: boolean;
  /** Percent, for branches of a split. */
  share?: number;
  /** What a client gets while this optional output leads nowhere. */
  consequenceWhenOpen?: string;
}

/** A piece of a sentence: plain words, an amount (`strong`), or an operand or value (`code`). */
export interface Piece {
  text: string;
  strong?: boolean;
  code?: boolean;
}

/** What the server's validator reports. */
export interface Problem {
  code: string;
  severity: 'error' | 'warning';
  node: string | null;
  /** Dotted: `properties.limit`, `outputs.true`. */
  field: string | null;
  message: string;
  path: (string | number)[];
}

export type FieldPath = readonly (string | number)[];
