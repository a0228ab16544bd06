import { Fragment } from 'react';

import classes from './problems.module.css';

/** A message of the validator: `*titles*` and `**outputs**` stand out, backticks are code. Text stays text. */
export function Marked({ text }: { text: string }) {
  return text.split(/(\*\*[^*]+\*\*|\*[^*]+\*|`[^`]+`)/g).map((part, at) => {
    if (part.startsWith('**') && part.length > 4) return <b key={at}>{part.slice(2, -2)}</b>;
    if (part.startsWith('*') && part.length > 2) return <b key={at}>{part.slice(1, -1)}</b>;
    if (part.startsWith('`') && part.length > 2) {
      return (
        <code key={at} className={classes.code}>
          {part.slice(1, -1)}
        </code>
      );
    }
    return <Fragment key={at}>{part}</Fragment>;
  });
}
