/** What differs between two flows, in lines: symbol, name, old and new. */
import type { DiffView } from '../queries';
import { versionsText as text } from '@/text/versions';

import { changedFields, marksOf } from './compare';
import classes from './versions.module.css';

const SYMBOLS = { added: '+', removed: '−', changed: '~' } as const;

export function Changes({ diff }: { diff: DiffView }) {
  const marks = marksOf(diff);
  const titles = titlesOf(diff);
  const fields = changedFields(diff, text.nothing);
  return (
    <ul className={classes.changes}>
      {Object.entries(marks).map(([id, mark]) => (
        <li key={id} style={{ display: 'flex', gap: 8 }}>
          <span className={classes.mark} data-mark={mark} aria-hidden>
            {SYMBOLS[mark]}
          </span>
          <span>
            <strong style={{ fontWeight: 600 }}>{titles[id] ?? id}</strong> {text[mark]}
            {fields
              .filter((field) => field.id === id)
              .map((field) => (
                <span key={field.field} className={classes.values} style={{ display: 'block' }}>
                  {field.field}: {field.old} → {field.new}
                </span>
              ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

function titlesOf(diff: DiffView): Record<string, string> {
  const elements = [...diff.added, ...diff.removed, ...diff.changed] as { id?: string; title?: string }[];
  return Object.fromEntries(elements.filter(({ id, title }) => id && title).map(({ id, title }) => [id!, title!]));
}
