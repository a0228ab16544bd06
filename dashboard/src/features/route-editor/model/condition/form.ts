import { isRecord } from '../own';
import { literalOf, patternOf } from './pattern';

export type Operator =
  | 'eq'
  | 'ne'
  | 'in'
  | 'nin'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | 'matches'
  | 'exists'
  | 'missing'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte';

export interface ConditionRow {
  kind: 'row';
  field: string;
  operator: Operator;
  /** Text, number, yes or no; a list for `in` and `nin`; nothing for `exists` and `missing`. */
  value?: unknown;
}

export interface ConditionGroup {
  kind: 'group';
  join: 'all' | 'any';
  items: ConditionItem[];
}

export type ConditionItem = ConditionRow | ConditionGroup;

/** How deep groups lie in each other, the outermost one included. */
export const GROUP_DEPTH_MAX = 3;

/**
 * A condition as rows and groups. Null when the form cannot show it without losing something (`$not`, `$nor`, options of
 * patterns, deeper nesting): it is then edited as JSON.
 */
export function readConditions(conditions: unknown): ConditionGroup | null {
  if (conditions === undefined) return emptyGroup();
  const item = readItem(conditions, 1);
  if (item !== null && item.kind === 'group' && depthOf(item) > GROUP_DEPTH_MAX) return null;
  if (item === null) return null;
  return item.kind === 'group' ? item : { kind: 'group', join: 'all', items: [item] };
}

/** The condition in MongoDB's notation. What was written is read back as the same form. */
export function writeConditions(group: ConditionGroup): Record<string, unknown> {
  const [only] = group.items;
  if (group.join === 'all' && group.items.length === 0) return {};
  if (group.join === 'all' && group.items.length === 1 && only?.kind === 'row') return writeRow(only);
  return writeGroup(group);
}

export function emptyGroup(): ConditionGroup {
  return { kind: 'group', join: 'all', items: [] };
}

export function depthOf(group: ConditionGroup): number {
  return 1 + Math.max(0, ...group.items.map((item) => (item.kind === 'group' ? depthOf(item) : 0)));
}

const COMPARISONS: Readonly<Record<string, Operator>> = {
  $eq: 'eq',
  $ne: 'ne',
  $in: 'in',
  $nin: 'nin',
  $contains: 'contains',
  $gt: 'gt',
  $gte: 'gte',
  $lt: 'lt',
  $lte: 'lte',
};
const WRITTEN = Object.fromEntries(Object.entries(COMPARISONS).map(([name, operator]) => [operator, name]));

/** An object of conditions: one member is read as what it is, several are joined by *all*. */
function readItem(value: unknown, depth: number): ConditionItem | null {
  if (!isRecord(value)) return null;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return readEntry(only[0], only[1], depth);
  return readAll(entries, depth);
}

function readAll(entries: readonly [string, unknown][], depth: number): ConditionGroup | null {
  if (depth > GROUP_DEPTH_MAX) return null;
  const items = entries.map(([name, inner]) => readEntry(name, inner, depth + 1));
  // Several comparisons of one field are rows of the same *all*, not a group of their own.
  return collect('all', items.flatMap((item, at) => (item?.kind === 'group' && entries[at]?.[0].startsWith('$') === false ? item.items : [item])));
}

function readEntry(name: string, value: unknown, depth: number): ConditionItem | null {
  if (!name.startsWith('$')) return readField(name, value, depth);
  if ((name !== '$and' && name !== '$or') || !Array.isArray(value) || depth > GROUP_DEPTH_MAX) return null;
  return collect(name === '$and' ? 'all' : 'any', value.map((inner) => readItem(inner, depth + 1)));
}

/** A bare value is `$eq`; several comparisons of one field are rows joined by *all*. */
function readField(field: string, value: unknown, depth: number): ConditionItem | null {
  if (!isRecord(value)) return readComparison(field, '$eq', value);
  const rows = Object.entries(value).map(([name, operand]) => readComparison(field, name, operand));
  if (rows.length === 0) return null;
  if (rows.length === 1) return rows[0] ?? null;
  return depth > GROUP_DEPTH_MAX + 1 ? null : collect('all', rows);
}

function readComparison(field: string, name: string, value: unknown): ConditionRow | null {
  if (name === '$exists' && typeof value === 'boolean') return { kind: 'row', field, operator: value ? 'exists' : 'missing' };
  if (name === '$regex' && typeof value === 'string') return { kind: 'row', field, ...literalOf(value) };
  const operator = COMPARISONS[name];
  if (operator === undefined || isRecord(value)) return null;
  if (Array.isArray(value) !== (operator === 'in' || operator === 'nin')) return null;
  return { kind: 'row', field, operator, value };
}

function collect(join: ConditionGroup['join'], items: (ConditionItem | null)[]): ConditionGroup | null {
  const known = items.filter((item) => item !== null);
  return known.length === items.length ? { kind: 'group', join, items: known } : null;
}

function writeGroup(group: ConditionGroup): Record<string, unknown> {
  const items = group.items.map((item) => (item.kind === 'group' ? writeGroup(item) : writeRow(item)));
  return group.join === 'all' ? { $and: items } : { $or: items };
}

function writeRow({ field, operator, value }: ConditionRow): Record<string, unknown> {
  return Object.fromEntries([[field, writeComparison(operator, value)]]);
}

function writeComparison(operator: Operator, value: unknown): Record<string, unknown> {
  switch (operator) {
    case 'exists':
      return { $exists: true };
    case 'missing':
      return { $exists: false };
    case 'startsWith':
    case 'endsWith':
    case 'matches':
      return { $regex: patternOf(operator, String(value ?? '')) };
    default:
      return { [WRITTEN[operator] ?? '$eq']: value ?? '' };
  }
}
