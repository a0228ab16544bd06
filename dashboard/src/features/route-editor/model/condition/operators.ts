import { isRecord } from '../own';
import type { ConditionGroup, ConditionItem, ConditionRow, Operator } from './form';

/** What is known about an operand before any traffic was seen. */
export type FieldType = 'text' | 'number' | 'yes-no' | 'any';

const NUMBERS: ReadonlySet<string> = new Set(['request.input_tokens', 'request.message_count', 'time.hour', 'body.max_tokens', 'body.max_completion_tokens', 'body.temperature', 'body.top_p', 'body.n']);
const YES_NO: ReadonlySet<string> = new Set(['body.stream']);

export function fieldType(field: string): FieldType {
  if (NUMBERS.has(field)) return 'number';
  if (YES_NO.has(field)) return 'yes-no';
  return field === 'body.model' || field.startsWith('key.') ? 'text' : 'any';
}

const TEXT: readonly Operator[] = ['eq', 'ne', 'in', 'nin', 'contains', 'startsWith', 'endsWith', 'matches', 'exists', 'missing'];
const NUMBER: readonly Operator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'exists', 'missing'];
const EITHER: readonly Operator[] = ['eq', 'ne', 'in', 'nin', 'contains', 'startsWith', 'endsWith', 'matches', 'exists', 'missing', 'gt', 'gte', 'lt', 'lte'];

const OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  text: TEXT,
  number: NUMBER,
  'yes-no': ['eq', 'ne', 'exists', 'missing'],
  // Metadata may be anything, and headers are text that may read as a number.
  any: EITHER,
};

export function operatorsFor(field: string): readonly Operator[] {
  return OPERATORS[fieldType(field)];
}

export function takesList(operator: Operator): boolean {
  return operator === 'in' || operator === 'nin';
}

export function takesValue(operator: Operator): boolean {
  return operator !== 'exists' && operator !== 'missing';
}

export function takesNumber(operator: Operator): boolean {
  return operator === 'gt' || operator === 'gte' || operator === 'lt' || operator === 'lte';
}

/** What was typed, as the value it means for this field and operator. A text that should be a number and is none stays a text: the validator says so. */
export function valueFromText(text: string, field: string, operator: Operator): unknown {
  const type = fieldType(field);
  if (type === 'yes-no') return text === 'true' ? true : text === 'false' ? false : text;
  const isNumber = type === 'number' || takesNumber(operator);
  return isNumber && isNumeric(text) ? Number(text) : text;
}

export function valueToText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The row with another operator; the value is carried over as far as it still fits. */
export function withOperator(row: ConditionRow, operator: Operator): ConditionRow {
  const { value: _, ...rest } = row;
  if (!takesValue(operator)) return { ...rest, operator };
  const values = (Array.isArray(row.value) ? row.value : [row.value]).filter((value) => value !== undefined && value !== '');
  const retyped = values.map((value) => valueFromText(valueToText(value), row.field, operator));
  return { ...rest, operator, value: takesList(operator) ? retyped : (retyped[0] ?? '') };
}

/** The row with another field; an operator that the new field does not have gives way to *equals*. */
export function withField(row: ConditionRow, field: string): ConditionRow {
  const operator = operatorsFor(field).includes(row.operator) ? row.operator : 'eq';
  const kept = withOperator({ ...row, field }, operator);
  return fieldType(field) === 'yes-no' && takesValue(operator) && typeof kept.value !== 'boolean' ? { ...kept, value: true } : kept;
}

export function emptyRow(): ConditionRow {
  return { kind: 'row', field: 'metadata.user_id', operator: 'eq', value: '' };
}

/** Where an item lies: positions from the outermost group inwards. */
export type ItemPath = readonly number[];

export function itemAt(group: ConditionGroup, path: ItemPath): ConditionItem | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return group;
  const item = group.items[step];
  if (rest.length === 0 || item === undefined) return item;
  return item.kind === 'group' ? itemAt(item, rest) : undefined;
}

/** The same form with one item replaced, or removed where nothing is given. */
export function withItem(group: ConditionGroup, path: ItemPath, item: ConditionItem | null): ConditionGroup {
  const [step, ...rest] = path;
  if (step === undefined) return item !== null && item.kind === 'group' ? item : group;
  const inner = group.items[step];
  if (rest.length === 0) return { ...group, items: item === null ? group.items.toSpliced(step, 1) : step < group.items.length ? group.items.with(step, item) : [...group.items, item] };
  if (inner === undefined || inner.kind === 'row') return group;
  return { ...group, items: group.items.with(step, withItem(inner, rest, item)) };
}

/** Operands that a condition reads, for "seen in the last 24 h". */
export function fieldsOf(conditions: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isRecord(value)) {
      for (const [name, inner] of Object.entries(value)) {
        if (name.startsWith('$')) visit(inner);
        else found.add(name);
      }
    }
  };
  visit(conditions);
  return [...found];
}

function isNumeric(text: string): boolean {
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text.trim());
}
