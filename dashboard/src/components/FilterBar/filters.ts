/** Filters as tokens: what they are, how the address and the API say them, what can be typed. The address keeps the API's own JSON. */

export type Operator = 'eq' | 'neq' | 'contains' | 'lt' | 'gt' | 'lte' | 'gte' | 'exists';
export type FilterValue = string | number | boolean;

export interface Filter {
  key: string;
  operator: Operator;
  /** Alternatives. */
  value: FilterValue[];
}

export type FieldKind = 'text' | 'number' | 'money' | 'flag' | 'time' | 'id';

export interface Field {
  key: string;
  kind: FieldKind;
}

/** The most that the API takes. */
export const FILTERS_MAX = 32;

const OPERATORS: Record<FieldKind, readonly Operator[]> = {
  text: ['eq', 'neq', 'contains', 'exists'],
  number: ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'exists'],
  money: ['eq', 'gt', 'gte', 'lt', 'lte', 'exists'],
  flag: ['eq'],
  time: ['gt', 'gte', 'lt', 'lte'],
  id: ['eq', 'neq'],
};

export function operatorsOf(kind: FieldKind): readonly Operator[] {
  return OPERATORS[kind];
}

export function kindOf(key: string, fields: readonly Field[]): FieldKind {
  return fields.find((field) => field.key === key)?.kind ?? 'text';
}

/** The filters of an address. What is no filter is left out, so that an old link still opens. */
export function readFilters(text: string | undefined): Filter[] {
  if (!text) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.flatMap((item) => readFilter(item) ?? []).slice(0, FILTERS_MAX) : [];
  } catch {
    return [];
  }
}

const ALL: ReadonlySet<string> = new Set(Object.values(OPERATORS).flat());

function readFilter(item: unknown): Filter | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { key, operator, value } = item as Record<string, unknown>;
  if (typeof key !== 'string' || typeof operator !== 'string' || !ALL.has(operator)) return undefined;
  const values = (Array.isArray(value) ? value : [value]).filter((one): one is FilterValue => ['string', 'number', 'boolean'].includes(typeof one));
  return values.length > 0 ? { key, operator: operator as Operator, value: values } : undefined;
}

/** For the address; nothing for no filters. */
export function writeFilters(filters: readonly Filter[]): string | undefined {
  return filters.length > 0 ? JSON.stringify(filters) : undefined;
}

/** One more filter. Another value of a field that has to equal something is an alternative; an exclusion replaces its opposite. */
export function addFilter(filters: readonly Filter[], added: Filter): Filter[] {
  const isOpposite = (filter: Filter) => filter.key === added.key && ((added.operator === 'neq' && filter.operator === 'eq') || (added.operator === 'eq' && filter.operator === 'neq'));
  const others = filters
    .map((filter) => (isOpposite(filter) ? { ...filter, value: filter.value.filter((value) => !added.value.includes(value)) } : filter))
    .filter((filter) => filter.value.length > 0);
  if (others.some((filter) => isSame(filter, added))) return others;
  const sameField = others.findIndex((filter) => filter.key === added.key && filter.operator === added.operator);
  const joins = added.operator === 'eq' || added.operator === 'neq' || added.operator === 'contains';
  if (sameField < 0) return [...others, added].slice(0, FILTERS_MAX);
  // "is not a" and "is not b" are two conditions; values of one filter would be alternatives.
  if (added.operator === 'neq') return [...others, added].slice(0, FILTERS_MAX);
  return others.map((filter, index) => (index === sameField ? { ...added, value: joins ? [...new Set([...filter.value, ...added.value])] : added.value } : filter));
}

export function removeFilter(filters: readonly Filter[], at: number): Filter[] {
  return filters.filter((_, index) => index !== at);
}

export function isSame(one: Filter, other: Filter): boolean {
  return one.key === other.key && one.operator === other.operator && JSON.stringify(one.value) === JSON.stringify(other.value);
}

/** What was typed as a value, in the type of its field; undefined when it does not fit. */
export function valueFrom(text: string, kind: FieldKind): FilterValue | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (kind === 'flag') return { true: true, yes: true, false: false, no: false }[trimmed.toLowerCase()];
  if (kind === 'number' || kind === 'money') {
    const value = Number(trimmed.replace(/^\$/, '').replaceAll(',', ''));
    return Number.isFinite(value) ? value : undefined;
  }
  if (kind === 'time') {
    const time = new Date(trimmed);
    return Number.isFinite(time.getTime()) ? time.toISOString() : undefined;
  }
  return trimmed;
}

const SIGNS: [sign: RegExp, operator: Operator][] = [
  [/^(!=|≠|is not\b)/, 'neq'],
  [/^(>=|≥)/, 'gte'],
  [/^(<=|≤)/, 'lte'],
  [/^>/, 'gt'],
  [/^</, 'lt'],
  [/^(~|contains\b)/, 'contains'],
  [/^(=|:|is\b)/, 'eq'],
];

/** `metadata.user_id = user-admin`, `cost > 0.5`, `route:smart-route`, typed in one go. */
export function typedFilter(text: string, fields: readonly Field[]): Filter | undefined {
  const found = /^\s*([a-z_]+(?:\.[^\s=<>!~:≥≤≠]+)?)\s*(.*)$/i.exec(text);
  if (!found) return undefined;
  const key = found[1]!;
  const field = fields.find((one) => one.key === key);
  if (!field && !key.startsWith('metadata.')) return undefined;
  const kind = field?.kind ?? 'text';
  const rest = found[2]!;
  for (const [sign, operator] of SIGNS) {
    const matched = sign.exec(rest);
    if (!matched || !operatorsOf(kind).includes(operator)) continue;
    const values = rest.slice(matched[0].length).split('|').map((part) => valueFrom(part, kind));
    if (values.some((value) => value === undefined)) return undefined;
    return { key, operator, value: values as FilterValue[] };
  }
  return undefined;
}
