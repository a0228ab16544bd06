/** What charts can be split by, and the filter of Logs that one part stands for. */
import { OTHER, type LogFilter } from '@/components/charts';
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

/**
 * Rows of one part. `Other` is everything that none of the named parts is; what has no value at all does not exist there.
 */
export function filtersOfGroup(grouping: string, key: string, named: readonly string[]): LogFilter[] {
  if (grouping === 'none') return [];
  const field = FILTER_KEYS[grouping] ?? grouping;
  if (key === OTHER) {
    const others: LogFilter = { key: field, operator: 'neq', value: named.filter((name) => name !== OTHER && name !== '') };
    return named.includes('') ? [others, { key: field, operator: 'exists', value: [true] }] : [others];
  }
  if (key === '') return [{ key: field, operator: 'exists', value: [false] }];
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
