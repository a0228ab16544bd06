import { type ConnectionLineComponentProps, Position } from '@xyflow/react';

import { type Point, pathOf } from '../model';
import { useUi } from './ui';
import classes from './connection.module.css';

/** The line that follows the pointer while an edge is drawn, with the reason where it may not end. */
export function ConnectionLine({ fromX, fromY, toX, toY, fromPosition, toNode, connectionStatus }: ConnectionLineComponentProps) {
  const why = useUi((state) => (toNode === null || state.connecting === null ? '' : state.connecting.targets.why(toNode.id)));
  const points = bend([fromX, fromY], [toX, toY], fromPosition);
  return (
    <g className={classes.line} data-status={why === '' ? (connectionStatus ?? undefined) : 'invalid'}>
      <path d={pathOf(points)} />
      <circle cx={toX} cy={toY} r={4} />
      {why === '' ? null : (
        <foreignObject x={toX + 14} y={toY + 10} width={300} height={80} className={classes.outside}>
          <div className={classes.reason} role="status">
            {why}
          </div>
        </foreignObject>
      )}
    </g>
  );
}

function bend([fromX, fromY]: Point, [toX, toY]: Point, side: Position): Point[] {
  if (side === Position.Right) {
    const middle = (fromX + toX) / 2;
    return [[fromX, fromY], [middle, fromY], [middle, toY], [toX, toY]];
  }
  const middle = (fromY + toY) / 2;
  return [[fromX, fromY], [fromX, middle], [toX, middle], [toX, toY]];
}
