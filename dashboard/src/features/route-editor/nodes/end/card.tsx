import { canvasText as text } from '@/text/editor-canvas';

import classes from '../cards.module.css';

export function EndBody() {
  return <span className={classes.pillHint}>{text.cards.end}</span>;
}
