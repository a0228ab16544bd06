import { ActionIcon } from '@mantine/core';
import { IconRouteScan, IconX } from '@tabler/icons-react';

import { canvasText as text } from '@/text/editor-canvas';

import { useEditor, useEditorStore } from '../store';
import classes from './bars.module.css';

/** Says whose way is highlighted, and takes it away. That of a logged request has a bar of its own. */
export function PathBar() {
  const store = useEditorStore();
  const label = useEditor((state) => (state.highlight === null || state.highlight.source === 'log' ? null : (state.highlight.label ?? text.path[state.highlight.source])));
  if (label === null) return null;
  return (
    <div className={classes.path} role="status">
      <IconRouteScan aria-hidden size={15} stroke={1.75} />
      <span>{label}</span>
      <ActionIcon size={26} aria-label={text.path.close} onClick={() => store.getState().setHighlight(null)}>
        <IconX size={14} stroke={1.75} />
      </ActionIcon>
    </div>
  );
}
