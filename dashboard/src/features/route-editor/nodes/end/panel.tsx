import { canvasText as text } from '@/text/editor-canvas';

import classes from '../../inspector/inspector.module.css';
import { Section } from '../../inspector/Section';

export function EndPanel() {
  return (
    <Section>
      <p className={classes.prose}>{text.end.text}</p>
    </Section>
  );
}
