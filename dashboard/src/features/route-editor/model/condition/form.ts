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

function readItem(value: unknown, depth: number): ConditionItem | null {
  if (!isRecord(value) || depth > GROUP_DEPTH_MAX) return null;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return readEntry(only[0], only[1], depth);
  const items = entries.map(([name, inner]) => readEntry(name, inner, depth + (name.startsWith('$') ? 1 : 0)));
  return collect('all', items.flatMap((item) => (item?.kind === 'group' && !isJoinName(entries, item) ? item.items : [item])));
}

/** Several members of one object are joined by *all*; a field with several comparisons is several rows of it. */
function isJoinName(entries: [string, unknown][], item: ConditionGroup): boolean {
  return item.join === 'any' || entries.some(([name]) => name === '$and');
}

function readEntry(name: string, value: unknown, depth: number): ConditionItem | null {
  if (name === '$and' || name === '$or') {
    if (!Array.isArray(value) || depth > GROUP_DEPTH_MAX) return null;
    return collect(name === '$and' ? 'all' : 'any', value.map((inner) => readListed(inner, depth + 1)));
  }
  return name.startsWith('$') ? null : readField(name, value);
}

/** One member of a list: a lone comparison is a row, everything else a group of its own. */
function readListed(value: unknown, depth: number): ConditionItem | null {
  const item = readItem(value, Math.min(depth, GROUP_DEPTH_MAX));
  return item?.kind === 'group' && depth + depthOf(item) - 1 > GROUP_DEPTH_MAX ? null : item;
}

function readField(field: string, value: unknown): ConditionItem | null {
  const isComparison = isRecord(value) && Object.keys(value).some((name) => name.startsWith('$'));
  if (!isComparison) return isRecord(value) ? null : { kind: 'row', field, operator: 'eq', value };
  const rows = Object.entries(value).map(([name, operand]) => readComparison(field, name, operand));
  return rows.length === 1 ? (rows[0] ?? null) : collect('all', rows);
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
