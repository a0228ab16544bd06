import type { ReactNode } from 'react';

import classes from './PageHead.module.css';

/** A page with its one h1 and what acts on all of it. */
export function Page({ title, hint, actions, children }: { title: string; hint?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1>{title}</h1>
        {hint ? <span className={classes.hint}>{hint}</span> : null}
        <span className={classes.grow} />
        {actions}
      </div>
      {children}
    </div>
  );
}
