import { canvasText as text } from '@/text/editor-canvas';

import classes from '../../inspector/inspector.module.css';
import { Section } from '../../inspector/Section';
import type { PanelProps } from '../types';

export function UnknownPanel({ element }: PanelProps) {
  return (
    <Section>
      <p className={classes.prose}>{text.unknown(element.type)}</p>
    </Section>
  );
}
