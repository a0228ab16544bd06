import type { ReactNode } from 'react';

import { count } from '@/lib/number';

import classes from './BarList.module.css';
import { HrefLink } from './HrefLink';

export interface BarItem {
  key: string;
  label: ReactNode;
  /** Full text where the label may be cut. */
  title?: string;
  value: number;
  href?: string | undefined;
}

interface BarListProps {
  items: readonly BarItem[];
  /** The token of the bar's colour. */
  color?: string;
  format?: (value: number) => string;
  /** What a full bar stands for; the largest value without it. */
  max?: number;
}

/** Name, number, bar. */
export function BarList({ items, color = 'var(--wp-chart-1)', format = count, max }: BarListProps) {
  const full = max ?? Math.max(1e-12, ...items.map((item) => item.value));
  return (
    <ul className={classes.list}>
      {items.map((item) => (
        <li key={item.key} className={classes.item}>
          <span className={classes.label} title={item.title}>
            {item.href ? <HrefLink href={item.href}>{item.label}</HrefLink> : item.label}
          </span>
          <span className={classes.value}>{format(item.value)}</span>
          <span aria-hidden className={classes.track}>
            <span className={classes.bar} style={{ width: `${Math.max(item.value > 0 ? 2 : 0, (item.value / full) * 100)}%`, background: color }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
