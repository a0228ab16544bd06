import { Filterable } from '@/components/FilterBar';
import { PlainText } from '@/components/PlainText';
import { logsText } from '@/text/logs';

import type { LogDetail } from '../row';
import classes from './MetadataTab.module.css';

const text = logsText.metadata;

/** Keys and values with their filters, and who set them. */
export function MetadataTab({ log }: { log: LogDetail }) {
  const entries = Object.entries(log.metadata ?? {});
  if (entries.length === 0) return <p className={classes.none}>{text.none}</p>;
  const { pinned_metadata: pinned, added_metadata: added } = log.waypost;
  const originOf = (key: string) => (pinned.includes(key) ? text.pinned : Object.hasOwn(added, key) ? text.added : text.caller);
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{text.key}</th>
          <th scope="col">{text.value}</th>
          <th scope="col">{text.origin}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(([key, value]) => (
          <tr key={key}>
            <th scope="row">
              <code>
                <PlainText text={key} />
              </code>
            </th>
            <td>
              <Filterable field={`metadata.${key}`} value={value}>
                <PlainText text={String(value)} />
              </Filterable>
            </td>
            <td data-pinned={pinned.includes(key) || undefined}>{originOf(key)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
