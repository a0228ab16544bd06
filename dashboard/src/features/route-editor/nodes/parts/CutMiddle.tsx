import { Tooltip } from '@mantine/core';

import classes from './parts.module.css';

/** A long name cut in its middle, since ends of model names matter most; the whole of it on hover and focus. */
export function CutMiddle({ text, tail = 9 }: { text: string; tail?: number }) {
  if (text.length <= tail * 2) return <span className={classes.cutWhole}>{text}</span>;
  return (
    <Tooltip label={text} openDelay={400}>
      <span className={classes.cut}>
        <span aria-hidden className={classes.cutHead}>
          {text.slice(0, -tail)}
        </span>
        <span aria-hidden>{text.slice(-tail)}</span>
        <span className={classes.hidden}>{text}</span>
      </span>
    </Tooltip>
  );
}
