import { routeEditorText as text } from '@/text/route-editor';

import { memoised } from './memo';
import { isRecord, own } from './own';
import { branchesOf, elseShareOf, formatShare } from './split';
import type { NodeChoice, NodeKind, OutputSpec, RouteDocument, RouteElement } from './types';

const KINDS: ReadonlySet<string> = new Set<NodeKind>(['start', 'conditional', 'percentage', 'rate', 'model', 'end']);

export function isKnownKind(type: string): type is NodeKind {
  return KINDS.has(type);
}

export function isBudget(element: RouteElement): boolean {
  return element.type === 'rate' && element.properties?.limitType === 'cost';
}

/** The kind as the add menu tells kinds apart; null for Start, End and types nobody knows. */
export function choiceOf(element: RouteElement): NodeChoice | null {
  switch (element.type) {
    case 'conditional':
      return 'conditional';
    case 'percentage':
      return 'percentage';
    case 'model':
      return 'model';
    case 'rate':
      return isBudget(element) ? 'budget' : 'rate';
    default:
      return null;
  }
}

export function kindTitle(element: RouteElement): string {
  if (!isKnownKind(element.type)) return text.kinds.unknown;
  return isBudget(element) ? text.kinds.budget : text.kinds[element.type];
}

/** The outputs of an element in the order of its ports: what is hoped for first, detours last. */
export const outputsOf: (element: RouteElement) => readonly OutputSpec[] = memoised((element) => {
  switch (element.type) {
    case 'start':
      return [required('next', '')];
    case 'conditional':
      return [required('true', text.outputs.true), required('false', text.outputs.false)];
    case 'percentage':
      return splitOutputs(element);
    case 'rate':
      return isBudget(element)
        ? [required('success', text.outputs.withinBudget), detour(text.outputs.overBudget, text.consequences.limited)]
        : [required('success', text.outputs.withinLimit), detour(text.outputs.overLimit, text.consequences.limited)];
    case 'model':
      return [required('success', text.outputs.success), detour(text.outputs.onFailure, text.consequences.failed)];
    case 'end':
      return [];
    default:
      // An element of a type that nobody knows keeps the outputs it came with.
      return Object.keys(element.outputs).map((name) => ({ name, label: name, required: false, isDetour: false }));
  }
});

export function outputOf(element: RouteElement, name: string): OutputSpec | undefined {
  return outputsOf(element).find((output) => output.name === name);
}

/** Where an output leads, and undefined when it is open. */
export function targetOf(element: RouteElement, output: string): string | undefined {
  const entry = own(element.outputs, output);
  return isRecord(entry) && typeof entry.elementId === 'string' ? entry.elementId : undefined;
}

/** What each element is called: its own title, or its kind, numbered where several elements are of that kind. */
export const titles: (document: RouteDocument) => Map<string, string> = memoised((document) => {
  const totals = new Map<string, number>();
  for (const element of document.elements) totals.set(kindTitle(element), (totals.get(kindTitle(element)) ?? 0) + 1);
  const seen = new Map<string, number>();
  const found = new Map<string, string>();
  for (const element of document.elements) {
    const kind = kindTitle(element);
    const number = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, number);
    if (found.has(element.id)) continue;
    const title = typeof element.title === 'string' ? element.title : '';
    if (title.trim() !== '') found.set(element.id, title);
    else found.set(element.id, (totals.get(kind) ?? 0) > 1 ? text.numbered(kind, number) : kind);
  }
  return found;
});

export function titleOf(document: RouteDocument, id: string): string {
  return titles(document).get(id) ?? id;
}

function required(name: string, label: string): OutputSpec {
  return { name, label, required: true, isDetour: false };
}

function detour(label: string, consequenceWhenOpen: string): OutputSpec {
  return { name: 'fallback', label, required: false, isDetour: true, consequenceWhenOpen };
}

function splitOutputs(element: RouteElement): OutputSpec[] {
  const outputs: OutputSpec[] = branchesOf(element).map(({ output, label, weight }) => ({
    name: output,
    label: weight === null ? label : label === '' ? text.outputs.share(formatShare(weight)) : text.outputs.branch(label, formatShare(weight)),
    required: true,
    isDetour: false,
    ...(weight === null ? {} : { share: weight }),
  }));
  const rest = elseShareOf(element);
  if (rest !== null) outputs.push({ ...required('else', text.outputs.elseShare(formatShare(rest))), share: rest });
  return outputs;
}
