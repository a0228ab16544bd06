/** Fields and values of a change, as the inspector and the cards say them. Pure. */
import { usdAsTyped } from '@/lib/money';
import { count, percent } from '@/lib/number';
import { versionsText as text } from '@/text/versions';

import { isBudget, outputOf, plain, type RouteDocument, type RouteElement, sentence, titles, windowWords } from '../model';

/** Fields that are stored in milliseconds. */
const MILLISECONDS = new Set(['timeout', 'retryDelay']);

export function fieldWords(field: string): string {
  return (text.fields as Readonly<Record<string, string>>)[field] ?? field;
}

export function valueWords(element: RouteElement, field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return text.nothing;
  if (field === 'conditions' || field === 'expression') return plain(sentence({ ...element, properties: { [field]: value } }));
  if (field === 'branches' && Array.isArray(value)) return value.map(branchWords).join(', ');
  if (field === 'key' && value === '*') return text.everyone;
  if (typeof value === 'number') return numberWords(element, field, value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function numberWords(element: RouteElement, field: string, value: number): string {
  if (field === 'window') return windowWords({ window: value });
  if (field === 'limit') return isBudget(element) ? usdAsTyped(value) : count(value);
  return MILLISECONDS.has(field) ? text.seconds(value / 1_000) : String(value);
}

function branchWords(branch: unknown): string {
  const { name, weight } = (branch ?? {}) as { name?: unknown; weight?: unknown };
  return typeof weight === 'number' ? `${String(name ?? '')} ${percent(weight / 100, 0)}` : JSON.stringify(branch);
}

/** What an output is called, and what it leads to. */
export function outputWords(element: RouteElement, output: string): string {
  const label = outputOf(element, output)?.label;
  return label ? label : output;
}

export function targetWords(documents: readonly RouteDocument[], id: string | null): string {
  if (id === null) return text.nothing;
  for (const document of documents) {
    const title = titles(document).get(id);
    if (title !== undefined) return title;
  }
  return id;
}
