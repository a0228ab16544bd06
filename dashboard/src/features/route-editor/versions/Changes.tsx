/** What differs between two flows, in lines: symbol, name, old and new. */
import { versionsText as text } from '@/text/versions';

import type { ChangeLine, NodeChange } from './compare';
import classes from './versions.module.css';

const SYMBOLS = { added: '+', removed: '−', changed: '~' } as const;

interface ChangesProps {
  changes: readonly NodeChange[];
  /** Leads to the node; without it the list is for reading. */
  onOpen?: (id: string) => void;
}

export function Changes({ changes, onOpen }: ChangesProps) {
  return (
    <ul className={classes.changes}>
      {changes.map(({ id, title, mark, lines }) => {
        const words = (
          <>
            <b>{title}</b> {text[mark]}
          </>
        );
        return (
          <li key={id} className={classes.change} data-testid={`change-${id}`}>
            <span className={classes.mark} data-mark={mark} aria-hidden>
              {SYMBOLS[mark]}
            </span>
            <span className={classes.what}>
              {onOpen ? (
                <button type="button" className={classes.node} onClick={() => onOpen(id)}>
                  {words}
                </button>
              ) : (
                words
              )}
              <ChangeLines lines={lines} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

export function ChangeLines({ lines }: { lines: readonly ChangeLine[] }) {
  return lines.map((line) => (
    <span key={line.what} className={classes.values}>
      {line.what}: {line.old} → {line.new}
    </span>
  ));
}
