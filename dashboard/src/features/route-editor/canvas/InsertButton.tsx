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
  const state = useUi((found) => (found.isStill ? 'still' : found.menu?.from?.id === from && found.menu.from.output === output ? 'open' : 'closed'));
  if (state === 'still') return null;
  const isOpen = state === 'open';
  return (
    <button
      type="button"
      className={`${classes.plus} nodrag nopan`}
      tabIndex={-1}
      aria-label={name}
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      data-hint={isOpen ? undefined : hint}
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
  );
}
