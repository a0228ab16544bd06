import { Fragment } from 'react';

import { pieces } from '@/lib/plain-text';

import classes from './PlainText.module.css';

/**
 * A text that somebody else wrote, as nothing but text: its reading direction stays inside, and characters that steer terminals or turn the
 * direction are seen in place of acting.
 */
export function PlainText({ text, block = false }: { text: string; block?: boolean }) {
  const content = pieces(text).map((piece, index) =>
    piece.name === undefined ? (
      <Fragment key={index}>{piece.text}</Fragment>
    ) : (
      <span key={index} className={classes.control} title={piece.name} aria-label={piece.name}>
        {piece.text}
      </span>
    ),
  );
  return block ? (
    <div dir="auto" className={classes.block}>
      {content}
    </div>
  ) : (
    <bdi className={classes.inline}>{content}</bdi>
  );
}
