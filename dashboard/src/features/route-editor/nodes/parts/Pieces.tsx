import { Fragment } from 'react';

import type { Piece } from '../../model/types';
import classes from './parts.module.css';

/** A sentence in pieces: plain words, amounts, and operands as code. */
export function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((piece, at) => (
    <Fragment key={at}>
      {at > 0 ? ' ' : null}
      {piece.code ? <code className={classes.code}>{piece.text}</code> : piece.strong ? <strong className={classes.strong}>{piece.text}</strong> : piece.text}
    </Fragment>
  ));
}

export function plain(pieces: readonly Piece[]): string {
  return pieces.map((piece) => piece.text).join(' ');
}
