/** What the filter bar offers for what has been typed so far. */
import { count, percent } from '@/lib/number';
import { logsText } from '@/text/logs';

import { kindOf, operatorsOf, typedFilter, valueFrom, type Field, type Filter, type Operator } from './filters';
import { fieldName, filterWords, valueName } from './words';

export type Stage = { at: 'field' } | { at: 'operator'; key: string } | { at: 'value'; key: string; operator: Operator };

/** Values that traffic has shown, by field. */
export interface Suggestions {
  metadata: { key: string; share?: number | undefined }[];
  values: Record<string, { value: string; count?: number | undefined }[]>;
}

export interface Option {
  id: string;
  label: string;
  hint?: string;
  filter?: Filter;
  search?: string;
  next?: Stage;
  /** What stands in the input after it. */
  typed?: string;
  value?: string;
}

const text = logsText.filter;
const OPTIONS_MAX = 60;

interface Asked {
  stage: Stage;
  typed: string;
  fields: readonly Field[];
  suggestions: Suggestions | undefined;
  canSearch: boolean;
}

export function optionsFor(asked: Asked): Option[] {
  const { stage } = asked;
  if (stage.at === 'field') return fieldOptions(asked);
  if (stage.at === 'operator') return operatorOptions(stage.key, asked);
  return valueOptions(stage.key, stage.operator, asked);
}

function fieldOptions({ typed, fields, suggestions, canSearch }: Asked): Option[] {
  const words = typed.trim().toLowerCase();
  const whole = typedFilter(typed, fields);
  const options: Option[] = whole ? [{ id: 'typed', label: filterWords(whole), filter: whole }] : [];
  const toOperator = (key: string): Stage => (kindOf(key, fields) === 'flag' ? { at: 'value', key, operator: 'eq' } : { at: 'operator', key });
  const metadata = (suggestions?.metadata ?? []).map(({ key, share }): Option => ({
    id: `field metadata.${key}`,
    label: `metadata.${key}`,
    hint: share === undefined ? '' : percent(share, 0),
    next: toOperator(`metadata.${key}`),
  }));
  const known = fields.map(({ key }): Option => ({ id: `field ${key}`, label: fieldName(key), next: toOperator(key) }));
  const matching = [...metadata, ...known].filter(({ id, label }) => words === '' || label.toLowerCase().includes(words) || id.includes(words));
  const search: Option[] = canSearch && words !== '' && !whole ? [{ id: 'search', label: text.search(typed.trim()), search: typed.trim() }] : [];
  const other: Option[] =
    /^metadata\.[^\s=<>!~:]+$/.test(typed.trim()) && !matching.some(({ label }) => label === typed.trim())
      ? [{ id: `field ${typed.trim()}`, label: typed.trim(), next: { at: 'operator', key: typed.trim() } }]
      : [];
  // What was typed is a search more often than the beginning of a field, unless it begins one.
  const begins = matching.some(({ label }) => label.toLowerCase().startsWith(words));
  return [...options, ...other, ...(begins ? [...matching, ...search] : [...search, ...matching])].slice(0, OPTIONS_MAX);
}

function operatorOptions(key: string, { typed, fields }: Asked): Option[] {
  const words = typed.trim().toLowerCase();
  return operatorsOf(kindOf(key, fields))
    .flatMap((operator): Option[] =>
      operator === 'exists'
        ? [
            { id: 'exists', label: text.operator.exists, filter: { key, operator, value: [true] } },
            { id: 'missing', label: text.missing, filter: { key, operator, value: [false] } },
          ]
        : [{ id: `operator ${operator}`, label: text.operator[operator], next: { at: 'value', key, operator } }],
    )
    .filter(({ label }) => words === '' || label.startsWith(words));
}

function valueOptions(key: string, operator: Operator, { typed, fields, suggestions }: Asked): Option[] {
  const kind = kindOf(key, fields);
  const words = typed.trim().toLowerCase();
  if (kind === 'flag') {
    return [true, false].map((value) => ({ id: String(value), label: valueName(value), filter: { key, operator, value: [value] } }));
  }
  const seen = (suggestions?.values[key] ?? [])
    .filter(({ value }) => words === '' || value.toLowerCase().includes(words))
    .map(({ value, count: rows }): Option => ({ id: `value ${value}`, label: value, hint: rows === undefined ? '' : count(rows), value }));
  const own = words !== '' && !seen.some(({ label }) => label === typed.trim()) && valueFrom(typed, kind) !== undefined;
  return [...(own ? [{ id: 'own', label: text.use(typed.trim()), value: typed.trim() }] : []), ...seen].slice(0, OPTIONS_MAX);
}
