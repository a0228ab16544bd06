import type { ReactNode } from 'react';

import { BrandMark } from '@/app/Brand';
import { shell } from '@/text/shell';

import classes from './Gate.module.css';

/** The quiet page in front of the door: one card, nothing else. */
export function Gate({ title, text, isWide = false, children }: { title: string; text?: string; isWide?: boolean; children: ReactNode }) {
  return (
    <main className={classes.gate} data-wide={isWide || undefined}>
      <div className={classes.brand}>
        <BrandMark size={22} />
        <span>{shell.product}</span>
      </div>
      <section className={isWide ? classes.wide : classes.card}>
        <h1 className={classes.title}>{title}</h1>
        {text ? <p className={classes.text}>{text}</p> : null}
        {children}
      </section>
    </main>
  );
}
