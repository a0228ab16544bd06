/** The way of a request through its route, with the titles that its version's document gives. */
import { isBudget, outputOf, titles } from '@/features/route-editor/model/element';
import type { RouteDocument, RouteElement } from '@/features/route-editor/model/types';

import type { RouteSeen, Step } from './row';

export interface NamedStep extends Step {
  title: string;
  /** What the taken output is called; empty for Start's, and where the walk ended. */
  outputLabel: string;
  isDetour: boolean;
  element: RouteElement;
}

/** Every step with its words. Without the document the ids stand in for titles. */
export function namedSteps(route: RouteSeen, document: RouteDocument | undefined): NamedStep[] {
  const names = document ? titles(document) : new Map<string, string>();
  const elements = new Map(document?.elements.map((element) => [element.id, element]));
  return route.trail.map((step) => {
    const element = elements.get(step.node) ?? stand(step);
    const output = step.output ? outputOf(element, step.output) : undefined;
    return {
      ...step,
      element,
      title: names.get(step.node) ?? step.node,
      outputLabel: labelOf(output?.label ?? step.output ?? '', output?.share),
      isDetour: output?.isDetour ?? false,
    };
  });
}

/** `A 50 %` on an edge is `A` on a way that was taken: the share says nothing of this request. */
function labelOf(label: string, share: number | undefined): string {
  if (share === undefined) return label;
  return label.replace(/\s*[\d.,]+\s*%$/, '') || label;
}

/** An element of which only the step is known. */
function stand(step: Step): RouteElement {
  const properties = step.limit ? { limitType: step.limit.kind } : {};
  return { id: step.node, type: step.kind, outputs: step.output ? { [step.output]: { elementId: '' } } : {}, properties };
}

/** Steps that a person would tell: without Start and End. */
export function toldSteps(steps: readonly NamedStep[]): NamedStep[] {
  return steps.filter((step) => step.kind !== 'start' && step.kind !== 'end');
}

export interface ShortPath {
  /** The last detour: "Over budget", "On failure". */
  detour?: string;
  /** Where it ended: "Small B", or the limit that refused. */
  end: string;
}

/** The path as it stands in the list: the last detour and the node that ended it. */
export function shortPath(route: RouteSeen, document: RouteDocument | undefined): ShortPath {
  const steps = toldSteps(namedSteps(route, document));
  const last = steps.at(-1);
  if (!last) return { end: '' };
  if (last.kind === 'rate') return { end: last.outputLabel || last.title };
  const detour = steps.slice(0, -1).findLast((step) => step.isDetour);
  return { ...(detour ? { detour: detour.outputLabel } : {}), end: last.title };
}

/** The limits that this request was counted by. */
export function limitsOf(steps: readonly NamedStep[]): (NamedStep & { limit: NonNullable<Step['limit']> })[] {
  return steps.filter((step): step is NamedStep & { limit: NonNullable<Step['limit']> } => step.limit !== undefined);
}

export function isBudgetStep(step: NamedStep): boolean {
  return step.limit ? step.limit.kind === 'cost' : isBudget(step.element);
}
