import { logsText } from '@/text/logs';

import classes from './FilterBar.module.css';
import type { Filter, FilterValue } from './filters';

const text = logsText.filter;

/** What people call a field; metadata keys are their own names. */
export function fieldName(key: string): string {
  return logsText.fields[key] ?? key;
}

export function valueName(value: FilterValue): string {
  if (value === true) return text.yes;
  if (value === false) return text.no;
  return String(value);
}

/** `route is smart-route or support`, as one text. */
export function filterWords(filter: Filter): string {
  if (filter.operator === 'exists') return `${fieldName(filter.key)} ${filter.value[0] === false ? text.missing : text.operator.exists}`;
  return `${fieldName(filter.key)} ${text.operator[filter.operator]} ${filter.value.map(valueName).join(` ${text.or} `)}`;
}

/** The same with the value standing out. */
export function FilterWords({ filter }: { filter: Filter }) {
  const isExistence = filter.operator === 'exists';
  return (
    <>
      <span className={classes.field}>{fieldName(filter.key)}</span>{' '}
      <span className={classes.operator}>{isExistence && filter.value[0] === false ? text.missing : text.operator[filter.operator]}</span>{' '}
      {isExistence ? null : <bdi className={classes.value}>{filter.value.map(valueName).join(` ${text.or} `)}</bdi>}
    </>
  );
}
