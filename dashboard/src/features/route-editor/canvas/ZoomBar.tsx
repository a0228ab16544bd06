import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { useReactFlow, useStore, useViewport } from '@xyflow/react';
import { IconFocusCentered, IconMap2, IconMinus, IconPlus } from '@tabler/icons-react';

import { canvasText as text } from '@/text/editor-canvas';

import classes from './bars.module.css';
import { useFit } from './useFit';
import { useUi, useUiStore } from './ui';

/** Zoom, fit, overview map. */
export function ZoomBar({ hasMap }: { hasMap: boolean }) {
  const { zoomIn, zoomOut, zoomTo } = useReactFlow();
  const fit = useFit();
  const { zoom } = useViewport();
  const ui = useUiStore();
  const isMapOn = useUi((state) => state.isMapOn);
  const percent = Math.round(zoom * 100);
  return (
    <div className={`${classes.float} ${classes.zoom}`} role="toolbar" aria-label={text.zoom.label}>
      <Item label={text.zoom.out} onClick={() => void zoomOut()}>
        <IconMinus size={15} stroke={1.75} />
      </Item>
      <Tooltip label={text.zoom.reset(percent)}>
        <UnstyledButton className={classes.percent} aria-label={text.zoom.reset(percent)} onClick={() => void zoomTo(1)}>
          {percent} %
        </UnstyledButton>
      </Tooltip>
      <Item label={text.zoom.in} onClick={() => void zoomIn()}>
        <IconPlus size={15} stroke={1.75} />
      </Item>
      <span aria-hidden className={classes.rule} />
      <Item label={text.zoom.fit} onClick={fit}>
        <IconFocusCentered size={16} stroke={1.75} />
      </Item>
      {hasMap ? (
        <Tooltip label={text.zoom.map}>
          <ActionIcon aria-label={text.zoom.map} aria-pressed={isMapOn} onClick={() => ui.getState().set({ isMapOn: !isMapOn })}>
            <IconMap2 size={16} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      ) : null}
    </div>
  );
}

function Item({ label, onClick, children }: { label: string; onClick: () => void; children: React.ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** True while a part of the flow lies outside of what is seen. */
export function useIsPartHidden(): boolean {
  return useStore((state) => {
    const [x, y, zoom] = state.transform;
    if (state.width === 0) return false;
    return state.nodes.some((node) => {
      const left = node.position.x * zoom + x;
      const top = node.position.y * zoom + y;
      return left < -8 || top < -8 || left + (node.width ?? 0) * zoom > state.width + 8 || top + (node.height ?? 0) * zoom > state.height + 8;
    });
  });
}
