import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { IconChevronLeft, IconPlus } from '@tabler/icons-react';

import { canvasText as text } from '@/text/editor-canvas';
import { routeEditorText } from '@/text/route-editor';

import { CHOICES, choiceMeta } from '../nodes/registry';
import { useEditorStore } from '../store';
import { addNode } from './acts';
import classes from './bars.module.css';
import { useUi, useUiStore } from './ui';

/** What a drag from the palette carries. */
export const NODE_TYPE = 'application/x-waypost-node';

/** Every kind that can be added: by dragging, with a click, with Enter. */
export function Palette() {
  const store = useEditorStore();
  const ui = useUiStore();
  const isOpen = useUi((state) => state.isPaletteOpen);
  if (!isOpen) {
    return (
      <div className={`${classes.float} ${classes.palette}`}>
        <Tooltip label={text.palette.unfold} position="right">
          <ActionIcon size={30} aria-label={text.palette.unfold} aria-expanded={false} onClick={() => ui.getState().set({ isPaletteOpen: true })}>
            <IconPlus size={18} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </div>
    );
  }
  return (
    <div className={`${classes.float} ${classes.palette}`} role="toolbar" aria-label={text.palette.label} aria-orientation="vertical">
      {CHOICES.map((choice) => {
        const { icon: Icon, family } = choiceMeta[choice];
        return (
          <Tooltip key={choice} label={routeEditorText.kinds[choice]} position="right">
            <UnstyledButton
              className={classes.kind}
              data-family={family}
              aria-label={text.palette.add(routeEditorText.kinds[choice])}
              draggable
              onDragStart={(event) => {
                event.dataTransfer.setData(NODE_TYPE, choice);
                event.dataTransfer.effectAllowed = 'copy';
              }}
              onClick={() => addNode(store, choice, { centre: ui.getState().centre?.() })}
            >
              <Icon size={18} stroke={1.75} />
            </UnstyledButton>
          </Tooltip>
        );
      })}
      <Tooltip label={text.palette.fold} position="right">
        <ActionIcon size={30} className={classes.fold ?? ''} aria-label={text.palette.fold} aria-expanded onClick={() => ui.getState().set({ isPaletteOpen: false })}>
          <IconChevronLeft size={14} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
