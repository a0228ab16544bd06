/** What charts can be split by, and the filter of Logs that one part stands for. */
import { NONE, OTHER, type LogFilter } from '@/components/charts';
import { groups as text } from '@/text/analytics';

export type Grouping = 'none' | 'route' | 'version' | 'node' | 'edge' | 'provider' | 'model' | 'key' | `metadata.${string}`;

const FIXED: Exclude<Grouping, `metadata.${string}`>[] = ['none', 'route', 'version', 'node', 'edge', 'provider', 'model', 'key'];

/** Keys of filters where they differ from the name of the grouping. */
const FILTER_KEYS: Record<string, string> = { key: 'key_id', error: 'error_type' };

/** The grouping that the address names; `none` for what is none. */
export function groupingOf(name: string | undefined): Grouping {
  if (name?.startsWith('metadata.') && name.length > 'metadata.'.length) return name as Grouping;
  return FIXED.find((known) => known === name) ?? 'none';
}

/** For the menu: the fixed ones, and each metadata key that was seen. */
export function groupings(metadataKeys: readonly string[], current: Grouping): { value: string; label: string }[] {
  const seen = metadataKeys.map((key) => `metadata.${key}`);
  if (current.startsWith('metadata.') && !seen.includes(current)) seen.push(current);
  return [...FIXED.map((name) => ({ value: name, label: text[name] })), ...seen.map((name) => ({ value: name, label: name }))];
}

/** Groupings where a request may be in several groups, or a group needs two filters: what is left over has no filter. */
const WITHOUT_REST = new Set(['version', 'node', 'edge']);

/** Rows of one part; `undefined` where filters cannot say which. `Other` is everything that none of the named parts is. */
export function filtersOfGroup(grouping: string, key: string, named: readonly string[]): LogFilter[] | undefined {
  if (grouping === 'none') return [];
  const field = FILTER_KEYS[grouping] ?? grouping;
  if (key === OTHER) {
    if (WITHOUT_REST.has(grouping)) return undefined;
    const others: LogFilter = { key: field, operator: 'neq', value: named.filter((name) => name !== OTHER && name !== NONE) };
    return named.includes(NONE) ? [others, { key: field, operator: 'exists', value: [true] }] : [others];
  }
  if (key === NONE) return [{ key: grouping === 'version' ? 'route' : field, operator: 'exists', value: [false] }];
  if (grouping === 'version') {
    const at = key.lastIndexOf(':');
    return [
      { key: 'route', operator: 'eq', value: [key.slice(0, at)] },
      { key: 'version', operator: 'eq', value: [Number(key.slice(at + 1))] },
    ];
  }
  return [{ key: field, operator: 'eq', value: [key] }];
}

const REFUSED_BY_LIMITS = ['rate_limited', 'budget_exceeded', 'spend_limit_exceeded'];

/** Rows of one ending, in the filters that Logs has. */
export function filtersOfEnding(ending: string): LogFilter[] {
  const outcome = (...value: string[]): LogFilter => ({ key: 'outcome', operator: 'eq', value });
  switch (ending) {
    case 'answered':
      return [outcome('success')];
    case 'interrupted':
      return [outcome('interrupted', 'caller_left')];
    case 'limited':
      return [outcome('refused'), { key: 'error_type', operator: 'eq', value: REFUSED_BY_LIMITS }];
    default:
      return [outcome('refused', 'failed'), { key: 'error_type', operator: 'neq', value: REFUSED_BY_LIMITS }];
  }
}
