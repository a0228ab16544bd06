import { CopyButton } from '@/components/CopyButton';
import { canvasText as text } from '@/text/editor-canvas';

import classes from '../../inspector/inspector.module.css';
import { Section } from '../../inspector/Section';
import { useEditor } from '../../store';

export function StartPanel() {
  const name = useEditor((state) => state.routeName);
  return (
    <Section>
      <p className={classes.prose}>{text.start.text}</p>
      <div>
        <p className={classes.prose}>{text.start.call}</p>
        <div className={classes.row} style={{ alignItems: 'center' }}>
          <code>{`dynamic/${name}`}</code>
          <CopyButton text={`dynamic/${name}`} label={text.page.copy(name)} />
        </div>
      </div>
    </Section>
  );
}
