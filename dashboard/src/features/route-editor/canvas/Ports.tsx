import { Handle, Position } from '@xyflow/react';
import { memo } from 'react';

import { canvasText as text } from '@/text/editor-canvas';

import { type Direction, type RouteElement, type Side, inputPort, outputPorts, outputsOf } from '../model';
import { useUi } from './ui';
import classes from './node.module.css';

const POSITIONS: Readonly<Record<Side, Position>> = { top: Position.Top, right: Position.Right, bottom: Position.Bottom, left: Position.Left };

interface PortsProps {
  element: RouteElement;
  direction: Direction;
  isLive: boolean;
  isTaken: boolean;
}

/** Where edges begin: 9 px to look at, 24 px to hit at any zoom. The whole card is where one may end. */
export const Ports = memo(function Ports({ element, direction, isLive, isTaken }: PortsProps) {
  const flags = { direction, live: isLive };
  const input = inputPort(element, direction);
  const ports = outputPorts(element, direction, flags);
  const isConnecting = useUi((state) => state.connecting !== null);
  return (
    <>
      <Handle id="in" type="target" position={POSITIONS[input.side]} className={classes.input} data-open={isConnecting || undefined} isConnectableStart={false} />
      {outputsOf(element).map(({ name, label }) => {
        const port = ports.get(name);
        if (port === undefined) return null;
        return (
          <Handle
            key={name}
            id={name}
            type="source"
            position={POSITIONS[port.side]}
            className={classes.port}
            style={{ left: port.at[0], top: port.at[1] }}
            title={text.edges.port(label)}
            data-testid={`port-${element.id}-${name}`}
            data-taken={isTaken || undefined}
            isConnectableEnd={false}
          />
        );
      })}
    </>
  );
});
