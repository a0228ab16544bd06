import { CloseButton } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './panel.module.css';

/** The frame of what stands at the right of the canvas. */
export function SidePanel({ title, actions, onClose, closeLabel, foot, children }: { title: string; actions?: ReactNode; onClose: () => void; closeLabel: string; foot?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.panel} aria-label={title}>
      <div className={classes.head}>
        <h2>{title}</h2>
        {actions}
        <CloseButton aria-label={closeLabel} onClick={onClose} size="sm" />
      </div>
      <div className={classes.body}>{children}</div>
      {foot ? <div className={classes.foot}>{foot}</div> : null}
    </section>
  );
}
