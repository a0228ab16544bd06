import { canvasText as text } from '@/text/editor-canvas';

import classes from './bars.module.css';

/** What lines mean. The link of who draws the canvas stands at its end. */
export function Legend() {
  return (
    <div className={`${classes.float} ${classes.legend}`} role="group" aria-label={text.legend.label}>
      <svg aria-hidden width={22} height={8}>
        <line x1={0} x2={22} y1={4} y2={4} className={classes.solid} />
      </svg>
      <span>{text.legend.normal}</span>
      <svg aria-hidden width={22} height={8}>
        <line x1={0} x2={22} y1={4} y2={4} className={classes.dashed} />
      </svg>
      <span>{text.legend.detour}</span>
    </div>
  );
}
