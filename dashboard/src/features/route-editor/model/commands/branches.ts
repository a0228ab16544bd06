import { routeEditorText as text } from '@/text/route-editor';

import { elementOf, withElement } from '../document';
import { targetOf } from '../element';
import { isRecord, withEntry, withKeyRenamed, withoutEntry } from '../own';
import { asNamedSplit, branchesOf, elseShareOf, freshShareName, isNamedSplit, roundShare } from '../split';
import type { Draft, RouteElement } from '../types';
import type { Applied, Refused } from './command';

export const BRANCHES_MAX = 10;
export const BRANCHES_MIN = 2;

type Edit = { element: RouteElement; said: string } | Refused;

interface ListedBranch {
  name: string;
  weight: number;
  [unknown: string]: unknown;
}

export function addBranch(draft: Draft, id: string): Applied | Refused {
  return edit(draft, id, (element) => {
    const outlets = branchesOf(element).length + (elseShareOf(element) === null ? 0 : 1);
    if (outlets >= BRANCHES_MAX) return { refused: text.refused.branchesMax(BRANCHES_MAX) };
    const named = asNamedSplit(element);
    const name = freshName(named);
    const rest = elseShareOf(named) ?? 0;
    // With an Else that leads somewhere, new branches start at nothing: nobody's share moves before somebody says so.
    const weight = targetOf(named, 'else') === undefined ? roundShare(rest) : 0;
    return { element: withBranches(named, [...listed(named), { name, weight }]), said: text.said.branchAdded(name) };
  });
}

export function removeBranch(draft: Draft, id: string, output: string): Applied | Refused {
  return edit(draft, id, (element) => {
    const isElse = output === 'else' && !branchesOf(element).some((branch) => branch.output === 'else');
    const outputs = withoutEntry(element.outputs, output);
    if (isElse) return { element: { ...element, outputs }, said: text.said.branchRemoved(text.outputs.else) };
    const left = branchesOf(element).filter((branch) => branch.output !== output).length;
    const hasElse = targetOf(element, 'else') !== undefined;
    if (left + (hasElse ? 1 : 0) < BRANCHES_MIN) return { refused: text.refused.branchesMin(BRANCHES_MIN) };
    const removed = { ...element, outputs };
    const said = text.said.branchRemoved(output);
    return { element: isNamedSplit(element) ? withBranches(removed, listed(element).filter(({ name }) => name !== output)) : removed, said };
  });
}

export function renameBranch(draft: Draft, id: string, output: string, name: string): Applied | Refused {
  return edit(draft, id, (element) => {
    if (name.trim() === '') return { refused: text.refused.branchName };
    const named = asNamedSplit(element);
    if (name !== output && (name === 'else' || listed(named).some((branch) => branch.name === name))) return { refused: text.refused.branchTwice(name) };
    const branches = listed(named).map((branch) => (branch.name === output ? { ...branch, name } : branch));
    const outputs = withKeyRenamed(named.outputs, output, name);
    return { element: withBranches({ ...named, outputs }, branches), said: text.said.titled(output, name) };
  });
}

export function moveBranch(draft: Draft, id: string, output: string, by: -1 | 1): Applied | Refused {
  return edit(draft, id, (element) => {
    const named = asNamedSplit(element);
    const branches = listed(named);
    const at = branches.findIndex(({ name }) => name === output);
    const branch = branches[at];
    if (branch === undefined || branches[at + by] === undefined) return { refused: text.refused.nothingToMove };
    return { element: withBranches(named, branches.toSpliced(at, 1).toSpliced(at + by, 0, branch)), said: text.said.moved(output) };
  });
}

export function setShare(draft: Draft, id: string, output: string, share: number): Applied | Refused {
  return edit(draft, id, (element) => withShare(element, output, roundShare(share)));
}

/** Equal shares that add up to exactly 100: what rounding leaves over goes to the first branches. */
export function makeEqual(draft: Draft, id: string): Applied | Refused {
  return edit(draft, id, (element) => {
    const branches = branchesOf(element);
    const each = Math.floor(10_000 / Math.max(1, branches.length));
    const over = 10_000 - each * branches.length;
    const named = asNamedSplit(element);
    const shares = listed(named).map((branch, at) => ({ ...branch, weight: (each + (at < over ? 1 : 0)) / 100 }));
    return { element: withBranches(named, shares), said: text.said.equalShares };
  });
}

/**
 * Where outputs are named by their share, the name changes with it and the branch keeps its place: sticky users of such
 * a split are at home with the node it leads to, so nobody moves.
 */
function withShare(element: RouteElement, output: string, share: number): Edit {
  const said = text.said.changed(output);
  if (isNamedSplit(element)) {
    return { element: withBranches(element, listed(element).map((branch) => (branch.name === output ? { ...branch, weight: share } : branch))), said };
  }
  const name = freshShareName(share, Object.keys(element.outputs).filter((other) => other !== output));
  return { element: { ...element, outputs: withKeyRenamed(element.outputs, output, name) }, said };
}

function edit(draft: Draft, id: string, change: (element: RouteElement) => Edit): Applied | Refused {
  const element = elementOf(draft.document, id);
  if (element === undefined) return { refused: text.refused.noSuchNode };
  if (element.type !== 'percentage') return { refused: text.refused.notASplit };
  const result = change(element);
  if ('refused' in result) return result;
  return { draft: { ...draft, document: withElement(draft.document, id, () => result.element) }, said: result.said };
}

function listed(element: RouteElement): ListedBranch[] {
  const branches = element.properties?.branches;
  return Array.isArray(branches) ? branches.filter((branch): branch is ListedBranch => isRecord(branch) && typeof branch.name === 'string') : [];
}

function withBranches(element: RouteElement, branches: ListedBranch[]): RouteElement {
  return { ...element, properties: withEntry<unknown>(element.properties ?? {}, 'branches', branches) };
}

function freshName(element: RouteElement): string {
  const taken = new Set(listed(element).map(({ name }) => name.toUpperCase()));
  for (let at = 0; ; at += 1) {
    const letter = String.fromCharCode(65 + (at % 26)) + (at < 26 ? '' : String(Math.floor(at / 26)));
    if (!taken.has(letter)) return letter;
  }
}
