import { sentence } from '../../model/sentence';
import classes from '../cards.module.css';
import { Pieces } from '../parts/Pieces';
import type { CardProps } from '../types';

export function UnknownBody({ element }: CardProps) {
  return (
    <div className={classes.text}>
      <Pieces pieces={sentence(element)} />
    </div>
  );
}
