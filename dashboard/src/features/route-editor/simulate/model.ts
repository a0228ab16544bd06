/** What a simulation is asked and what its answer says, between the panel, saved cases and the canvas. Pure. */
import { simulateText as text } from '@/text/versions';

import { choiceOf, outputsOf, type RouteDocument, titles } from '../model';
import type { CaseBody } from '../insight';
import type { SimulationAsk, SimulationView } from '../queries';
import type { Highlight } from '../store';

export interface Entry {
  key: string;
  value: string;
}

/** What the panel holds, in texts as they are typed. */
export interface SimulationForm {
  userId: string;
  metadata: Entry[];
  headers: Entry[];
  body: string;
  limits: Record<string, string>;
  splits: Record<string, string>;
  models: Record<string, string>;
}

export const EMPTY_FORM: SimulationForm = { userId: 'user-anna', metadata: [], headers: [], body: '', limits: {}, splits: {}, models: {} };

export interface Step {
  node: string;
  kind: string;
  title: string;
  output: string | null;
  output_title: string;
  reason: string;
}

/** Texts that read as numbers or yes and no are sent as such, as an application would. */
export function typed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && Number.isSafeInteger(Math.trunc(Number(text))) ? Number(text) : text;
}

/** The JSON of the body, undefined where it is empty, null where it is not JSON. */
export function bodyOf(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export function askOf(form: SimulationForm, document: RouteDocument): SimulationAsk {
  const body = bodyOf(form.body);
  return {
    document: { elements: document.elements },
    facts: {
      metadata: {
        ...(form.userId === '' ? {} : { user_id: form.userId }),
        ...Object.fromEntries(form.metadata.filter(({ key }) => key !== '').map(({ key, value }) => [key, typed(value)])),
      },
      headers: Object.fromEntries(form.headers.filter(({ key }) => key !== '').map(({ key, value }) => [key, value])),
      ...(body === undefined || body === null ? {} : { body }),
    },
    assumptions: { limits: form.limits, splits: form.splits, models: form.models },
  };
}

/** The other way round, from a saved case or a logged request. */
export function formOf(facts: Partial<SimulationAsk['facts']>, assumptions: Partial<SimulationAsk['assumptions']> = {}): SimulationForm {
  const { user_id: userId, ...metadata } = facts.metadata ?? {};
  return {
    userId: userId === undefined ? '' : String(userId),
    metadata: Object.entries(metadata).map(([key, value]) => ({ key, value: String(value) })),
    headers: Object.entries(facts.headers ?? {}).map(([key, value]) => ({ key, value })),
    body: facts.body === undefined || facts.body === null ? '' : JSON.stringify(facts.body, null, 2),
    limits: assumptions.limits ?? {},
    splits: assumptions.splits ?? {},
    models: assumptions.models ?? {},
  };
}

export function stepsOf(simulation: SimulationView): Step[] {
  return simulation.steps as unknown as Step[];
}

export function highlightOf(steps: Step[], step: number | null = null, userId = ''): Highlight {
  return {
    source: 'simulation',
    taken: steps.map(({ node, output }) => ({ node, output: output || null })),
    nodes: steps.map(({ node }) => node),
    step,
    ...(userId === '' ? {} : { label: text.pathOf(userId) }),
  };
}

/** Where a simulation ends, in one sentence. */
export function outcomeOf(simulation: SimulationView): { kind: 'served' | 'refused' | 'failed'; text: string } | null {
  const outcome = simulation.outcome as { result: 'served' | 'refused' | 'failed'; provider?: string; model?: string; reason?: string } | null | undefined;
  if (!outcome) return null;
  if (outcome.result === 'served') return { kind: 'served', text: `${outcome.provider}/${outcome.model}` };
  return { kind: outcome.result, text: outcome.reason ?? outcome.result };
}

/** A case that expects the way just taken. */
export function caseOf(name: string, form: SimulationForm, document: RouteDocument, steps: Step[]): CaseBody {
  const { facts, assumptions } = askOf(form, document);
  const path = steps.filter(({ kind }) => kind !== 'end').map(({ node, output }) => (output ? `${node}.${output}` : node));
  return { name, facts, assumptions, expect: { path } } as unknown as CaseBody;
}

/** What can be assumed of this flow: its limits, splits and models by name. */
export function assumable(document: RouteDocument): { id: string; title: string; kind: 'limit' | 'split' | 'model'; outputs: { name: string; label: string }[] }[] {
  const names = titles(document);
  return document.elements.flatMap((element) => {
    const choice = choiceOf(element);
    const kind = choice === 'rate' || choice === 'budget' ? 'limit' : choice === 'percentage' ? 'split' : choice === 'model' ? 'model' : null;
    if (kind === null) return [];
    return [{ id: element.id, title: names.get(element.id) ?? element.id, kind, outputs: outputsOf(element).map(({ name, label }) => ({ name, label })) }];
  });
}
