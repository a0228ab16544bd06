import type { ReactNode } from 'react';

import { HrefLink } from './HrefLink';
import classes from './Legend.module.css';
import { Swatch } from './patterns';
import type { Look } from './series';

export interface LegendItem {
  key: string;
  label: string;
  look?: Look;
  isLine?: boolean;
  /** The total of what the chart shows. */
  value?: ReactNode;
  /** Logs, with the filter of this entry. */
  href?: string | undefined;
}

/** The legend is the total: swatch, word, number. */
export function Legend({ items, end }: { items: readonly LegendItem[]; end?: ReactNode }) {
  return (
    <div className={classes.legend}>
      <ul className={classes.items}>
        {items.map((item) => {
          const content = (
            <>
              {item.look ? <Swatch look={item.look} line={item.isLine ?? false} /> : null}
              <span className={classes.label} title={item.label}>
                {item.label}
              </span>
              {item.value === undefined ? null : <b className={classes.value}>{item.value}</b>}
            </>
          );
          return (
            <li key={item.key} className={classes.item}>
              {item.href ? (
                <HrefLink href={item.href} className={classes.entry}>
                  {content}
                </HrefLink>
              ) : (
                <span className={classes.entry}>{content}</span>
              )}
            </li>
          );
        })}
      </ul>
      {end}
    </div>
  );
}
