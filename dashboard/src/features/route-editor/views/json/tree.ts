import { ensureSyntaxTree, syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';

type Tree = ReturnType<typeof syntaxTree>;
type SyntaxNode = Tree['topNode'];

export interface Range {
  from: number;
  to: number;
}

/** One element of the route in the text. */
export interface ElementRange extends Range {
  id: string;
}

/** Where in the document a place in the text is. */
export interface TextContext {
  /** Keys and positions from the outermost value inwards. */
  path: (string | number)[];
  /** What is written or hovered there: the name of a member, or its value. */
  is: 'name' | 'value';
  /** The text of the name or value itself. */
  range: Range;
  /** `type` of the element that it belongs to. */
  elementType: string | null;
  /** `limitType` beside it, for limits. */
  limitType: string | null;
  /** Names that the object has already. */
  names: string[];
}

const PARSE_MS = 100;

export function treeOf(state: EditorState): Tree {
  return ensureSyntaxTree(state, state.doc.length, PARSE_MS) ?? syntaxTree(state);
}

/** Elements of the outermost object, or of the outermost list. */
export function elementRanges(state: EditorState): ElementRange[] {
  const list = elementList(state);
  if (list === null) return [];
  return children(list, 'Object').map((node) => ({ from: node.from, to: node.to, id: textOf(state, member(state, node, 'id')) ?? '' }));
}

/** The text of a value, as far as the path exists. */
export function rangeOf(state: EditorState, path: readonly (string | number)[]): Range {
  let node = root(state);
  const list = elementList(state);
  const steps = list !== null && node?.name === 'Array' ? path.slice(1) : path;
  for (const step of steps) {
    const inner: SyntaxNode | null = node === null ? null : typeof step === 'number' ? (values(node)[step] ?? null) : member(state, node, step);
    if (inner === null) break;
    node = inner;
  }
  return node === null ? { from: 0, to: state.doc.length } : firstLine(state, node);
}

export function contextAt(state: EditorState, pos: number, side: -1 | 0 | 1 = -1): TextContext | null {
  const node = treeOf(state).resolveInner(pos, side);
  const path: (string | number)[] = [];
  let elementType: string | null = null;
  let limitType: string | null = null;
  const at = closest(node);
  if (at === null) return null;
  const is = at.name === 'PropertyName' || at.name === 'Object' || at.parent?.name === 'PropertyName' ? 'name' : 'value';
  const object = enclosing(at);
  for (let up: SyntaxNode | null = at; up !== null; up = up.parent) {
    if (up.name === 'Property') path.unshift(nameOf(state, up));
    else if (up.parent?.name === 'Array') path.unshift(values(up.parent).findIndex((value) => value.from === up?.from));
    if (up.name === 'Object') {
      elementType ??= textOf(state, member(state, up, 'type'));
      limitType ??= textOf(state, member(state, up, 'limitType'));
    }
  }
  return { path, is, range: { from: at.from, to: at.to }, elementType, limitType, names: object === null ? [] : children(object, 'Property').map((each) => nameOf(state, each)) };
}

/** Line of the first thing that is no JSON; null when all of it is. */
export function firstError(state: EditorState): number | null {
  let found: number | null = null;
  treeOf(state).iterate({
    enter: (node) => {
      if (found !== null) return false;
      if (node.type.isError) found = node.from;
      return undefined;
    },
  });
  return found === null ? null : state.doc.lineAt(Math.min(found, state.doc.length)).number;
}

/** True where a member stands twice in one object: parsing would lose the first, the server does not. */
export function hasTwins(state: EditorState): boolean {
  let found = false;
  treeOf(state).iterate({
    enter: ({ node }) => {
      if (node.name !== 'Object' || found) return;
      const names = children(node, 'Property').map((each) => nameOf(state, each));
      found = new Set(names).size < names.length;
    },
  });
  return found;
}

function root(state: EditorState): SyntaxNode | null {
  return treeOf(state).topNode.firstChild;
}

function elementList(state: EditorState): SyntaxNode | null {
  const top = root(state);
  if (top === null || top.name === 'Array') return top;
  return member(state, top, 'elements');
}

function member(state: EditorState, object: SyntaxNode, name: string): SyntaxNode | null {
  const property = children(object, 'Property').find((each) => nameOf(state, each) === name);
  const value = property?.lastChild ?? null;
  return value === null || value.name === 'PropertyName' ? null : value;
}

function nameOf(state: EditorState, property: SyntaxNode): string {
  return textOf(state, property.getChild('PropertyName')) ?? '';
}

function textOf(state: EditorState, node: SyntaxNode | null): string | null {
  if (node === null) return null;
  try {
    const value: unknown = JSON.parse(state.sliceDoc(node.from, node.to));
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

function children(node: SyntaxNode, name: string): SyntaxNode[] {
  return node.getChildren(name);
}

const VALUES: ReadonlySet<string> = new Set(['Object', 'Array', 'String', 'Number', 'True', 'False', 'Null']);

function values(list: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let node = list.firstChild; node !== null; node = node.nextSibling) if (VALUES.has(node.name)) found.push(node);
  return found;
}

function closest(node: SyntaxNode): SyntaxNode | null {
  for (let up: SyntaxNode | null = node; up !== null; up = up.parent) if (up.name === 'PropertyName' || up.name === 'Property' || VALUES.has(up.name)) return up;
  return null;
}

function enclosing(node: SyntaxNode): SyntaxNode | null {
  for (let up: SyntaxNode | null = node; up !== null; up = up.parent) if (up.name === 'Object') return up;
  return null;
}

/** Markers under whole objects would underline everything in them. */
function firstLine(state: EditorState, node: SyntaxNode): Range {
  const line = state.doc.lineAt(node.from);
  return { from: node.from, to: Math.max(node.from, Math.min(node.to, line.to)) };
}
