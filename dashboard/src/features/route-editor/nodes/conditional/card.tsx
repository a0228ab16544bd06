import { conditionRows } from '../../model/condition/sentence';
import classes from '../cards.module.css';
import { Pieces } from '../parts/Pieces';
import type { CardProps } from '../types';

export function ConditionBody({ element }: CardProps) {
  return (
    <div className={classes.text}>
      {conditionRows(element).map((pieces, at) => (
        <div key={at} className={at === 0 ? classes.firstRow : classes.row}>
          <Pieces pieces={pieces} />
        </div>
      ))}
    </div>
  );
}
