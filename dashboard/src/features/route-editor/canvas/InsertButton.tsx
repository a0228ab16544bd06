import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './edge.module.css';
import { useUi, useUiStore } from './ui';

interface InsertButtonProps {
  from: string;
  output: string;
  /** All of it for screen readers: the edge and the act. */
  name: string;
  hint: string;
  isRequired?: boolean;
  children: ReactNode;
}

/** The "+" of an edge or an open output: always there, quiet until it is wanted. */
export function InsertButton({ from, output, name, hint, isRequired = false, children }: InsertButtonProps) {
  const ui = useUiStore();
  const isOpen = useUi((state) => state.menu?.from?.id === from && state.menu.from.output === output);
  const isStill = useUi((state) => state.isStill);
  if (isStill) return null;
  return (
    <Tooltip label={hint} disabled={isOpen}>
      <button
        type="button"
        className={`${classes.plus} nodrag nopan`}
        tabIndex={-1}
        aria-label={name}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        data-testid={`insert-${from}-${output}`}
        data-out={`${from}\n${output}`}
        data-required={isRequired || undefined}
        onClick={(event) => {
          // The edge below would take the click for itself.
          event.stopPropagation();
          const box = event.currentTarget.getBoundingClientRect();
          ui.getState().openMenu({ from: { id: from, output }, mode: 'insert', anchor: { x: box.left + box.width / 2, y: box.bottom } });
        }}
      >
        {children}
      </button>
    </Tooltip>
  );
}
