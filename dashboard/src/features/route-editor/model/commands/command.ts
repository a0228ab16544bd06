import type { Direction, Draft, FieldPath, NodeChoice, OutputRef, Point, RouteDocument, RouteElement } from '../types';

/** A node about to be added. Its settings start as its kind's defaults, with these on top. */
export interface NewNode {
  choice: NodeChoice;
  title?: string;
  properties?: Record<string, unknown>;
}

/** Every edit there is. The canvas, the keyboard, the list, the JSON view and tests all come in here. */
export type Command =
  /** From the palette: a node on its own, exactly `at` a place or free and as `near` it as can be; or behind an output that was dropped on empty canvas. */
  | { type: 'add-node'; node: NewNode; at?: Point; near?: Point; from?: OutputRef }
  /** The "+" of an edge or of an open output. */
  | { type: 'insert-on-output'; from: OutputRef; node: NewNode }
  | { type: 'connect'; from: OutputRef; to: string }
  | { type: 'disconnect'; from: OutputRef }
  /** An edge gets another end (`to`), another beginning (`output`), or both. */
  | { type: 'reattach'; from: OutputRef; output?: OutputRef; to?: string }
  | { type: 'delete-nodes'; ids: readonly string[] }
  /** One value anywhere in an element: `['properties', 'limit']`. Undefined removes it. */
  | { type: 'set-field'; id: string; path: FieldPath; value: unknown }
  /** Several properties at once; undefined removes. */
  | { type: 'set-properties'; id: string; values: Record<string, unknown> }
  | { type: 'set-title'; id: string; title: string }
  | { type: 'add-branch'; id: string }
  | { type: 'remove-branch'; id: string; output: string }
  | { type: 'rename-branch'; id: string; output: string; name: string }
  | { type: 'move-branch'; id: string; output: string; by: -1 | 1 }
  | { type: 'set-share'; id: string; output: string; share: number }
  | { type: 'make-equal'; id: string }
  /** W03's Fix: one operand for another, wherever the element (or every element) reads it. */
  | { type: 'replace-operand'; id?: string; from: string; to: string }
  /** The list view's Move: out of its place, neighbours joined, and in again behind another output. */
  | { type: 'move-behind'; id: string; from: OutputRef }
  | { type: 'move-nodes'; positions: Record<string, Point> }
  /** All nodes, or only these where there are several. */
  | { type: 'tidy'; ids?: readonly string[] }
  | { type: 'set-direction'; direction: Direction }
  | { type: 'paste'; elements: readonly RouteElement[]; positions?: Record<string, Point>; at?: Point }
  | { type: 'duplicate'; ids: readonly string[] }
  /** The JSON view, templates, a version restored into the draft: cards keep their places where ids are the same. */
  | { type: 'replace-document'; document: RouteDocument }
  /** The same with positions: somebody else's draft taken over. */
  | { type: 'replace-draft'; draft: Draft };

export interface Applied {
  draft: Draft;
  /** For the live region: "Rate limit inserted between Start and Model." */
  said: string;
  /** Nodes that are new and would be selected. */
  added?: string[];
  /** What takes the focus when the selected nodes are gone. */
  next?: string;
}

export interface Refused {
  refused: string;
}

export interface Context {
  /** An id no element of the document has, made from a readable stem. */
  newId(stem: string, document: RouteDocument): string;
}
