import { isRecord, own } from './own';
import type { RouteElement } from './types';

/** One branch of a split, in either of its two spellings. */
export interface Branch {
  /** Name of its output. */
  output: string;
  /** What people call it; empty where the output is named by its share. */
  label: string;
  /** Percent; null when the document does not say. */
  weight: number | null;
}

/** Shares such as three times 33.3 % are 100 %. */
const TOLERANCE = 0.1;

/** Branches are written as `properties.branches`, or as outputs that are named by their share (`"10%"`). */
export function isNamedSplit(element: RouteElement): boolean {
  return own(element.properties, 'branches') !== undefined;
}

export function branchesOf(element: RouteElement): Branch[] {
  const listed = own(element.properties, 'branches');
  if (listed !== undefined) return Array.isArray(listed) ? listed.flatMap(namedBranch) : [];
  return Object.keys(element.outputs)
    .filter((output) => output !== 'else')
    .map((output) => {
      const weight = shareOfName(output);
      return { output, label: weight === null ? output : '', weight };
    });
}

export function sumOfShares(element: RouteElement): number {
  const sum = branchesOf(element).reduce((total, branch) => total + (branch.weight ?? 0), 0);
  return roundShare(sum);
}

/** What Else gets; null when the split has none and needs none. */
export function elseShareOf(element: RouteElement): number | null {
  const rest = roundShare(100 - sumOfShares(element));
  const hasElse = own(element.outputs, 'else') !== undefined && !branchesOf(element).some(({ output }) => output === 'else');
  if (hasElse) return Math.max(0, rest);
  return rest > TOLERANCE ? rest : null;
}

/** `33.333333` is shown as `33.33`, `50` as `50`. */
export function formatShare(weight: number): string {
  return String(Math.round(weight * 100) / 100);
}

/** The share that an output's name spells, such as `"12.5%"`. */
export function shareOfName(output: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(output);
  return match ? Number(match[1]) : null;
}

/** Shares are kept to a millionth of a percent, so that sums have no binary dust. */
export function roundShare(weight: number): number {
  return Math.round(weight * 1e6) / 1e6;
}

function namedBranch(entry: unknown): Branch[] {
  if (!isRecord(entry) || typeof entry.name !== 'string') return [];
  const weight = typeof entry.weight === 'number' && Number.isFinite(entry.weight) ? entry.weight : null;
  return [{ output: entry.name, label: displayName(entry.name), weight }];
}

/** Branches that are just letters are read as such: `a` is shown as `A`. A name that is a share says nothing more. */
function displayName(name: string): string {
  if (shareOfName(name) !== null) return '';
  return /^[a-z]$/.test(name) ? name.toUpperCase() : name;
}

/** The same split with its branches listed, so that a branch may stay without leading anywhere. */
export function asNamedSplit(element: RouteElement): RouteElement {
  if (isNamedSplit(element)) return element;
  const branches = branchesOf(element).map(({ output, weight }) => ({ name: output, weight: weight ?? 0 }));
  return { ...element, properties: { ...element.properties, branches } };
}

/** A share as the name of an output. A name that is taken gets more digits, as the server writes it. */
export function freshShareName(share: number, taken: readonly string[]): string {
  const text = String(share);
  let name = `${text}%`;
  for (let zeros = 1; taken.includes(name); zeros += 1) name = `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(zeros)}%`;
  return name;
}
