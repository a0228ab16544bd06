import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { memo, useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';

import { liveCount } from '../live/counts';
import { type Point, type Route, pathOf } from '../model';
import { shownDraft, useEditor } from '../store';
import { Arrow } from './Arrow';
import { EdgeLabel } from './EdgeLabel';
import classes from './edge.module.css';
import type { WayEdge } from './flow';
import { useMoving } from './ui';
import { wayOf } from './way';

const WIDTH = 1.5;
const STRONG = 3;
/** Live edges grow by this with their share of the route's requests. */
const LIVE_GAIN = 5;

export const FlowEdge = memo(function FlowEdge({ id, source, data, selected, target }: EdgeProps<WayEdge>) {
  const output = data?.output ?? '';
  const { count, total, path } = useEditor(
    useShallow((state) => ({
      count: liveCount(state.live, source, output),
      total: state.live?.requests ?? 0,
      path: state.highlight === null ? undefined : wayOf(state.highlight, shownDraft(state).document).edges.has(id) ? ('taken' as const) : ('dimmed' as const),
    })),
  );
  const route = useRoute(id);
  if (data === undefined || route === undefined) return null;
  const { spec } = data;
  const isStrong = selected === true || path === 'taken';
  const width = isStrong ? STRONG : typeof count !== 'number' ? WIDTH : WIDTH + LIVE_GAIN * (total > 0 ? count / total : 0);
  const state = isStrong ? 'strong' : path === 'dimmed' ? 'dimmed' : typeof count === 'number' && count > 0 && !spec.isDetour ? 'live' : undefined;
  const points = shortened(route.points, width);
  return (
    <g className={classes.edge} data-state={state} data-detour={spec.isDetour || undefined} data-linked={(typeof count === 'number' && count > 0) || undefined}>
      <BaseEdge path={pathOf(points)} style={{ strokeWidth: width }} interactionWidth={20} />
      <Arrow points={route.points} width={width} />
      <EdgeLabelRenderer>
        <EdgeLabel from={source} output={output} target={target} spec={spec} route={route} count={count} total={total} path={path} isSelected={selected === true} />
      </EdgeLabelRenderer>
    </g>
  );
});

/** The way of one edge; the same object while it is the same way. */
function useRoute(id: string): Route | undefined {
  const last = useRef<Route | undefined>(undefined);
  return useMoving((state) => {
    const route = state.routes.get(id);
    if (route === last.current || (route !== undefined && JSON.stringify(route) === JSON.stringify(last.current))) return last.current;
    last.current = route;
    return route;
  });
}

/** The line ends inside its arrow head, so that thick lines keep a sharp tip. */
function shortened(points: readonly Point[], width: number): Point[] {
  const last = points.at(-1);
  const before = points.at(-2);
  if (last === undefined || before === undefined) return [...points];
  const by = 4 + width * 0.5;
  return [...points.slice(0, -1), [last[0] - Math.sign(last[0] - before[0]) * by, last[1] - Math.sign(last[1] - before[1]) * by]];
}
