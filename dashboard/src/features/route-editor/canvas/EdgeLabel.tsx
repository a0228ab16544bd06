import { Tooltip } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { memo } from 'react';

import { HrefLink } from '@/components/charts/HrefLink';
import { count as countText, percent } from '@/lib/number';
import { useUrlState } from '@/lib/url-state';
import { canvasText as text } from '@/text/editor-canvas';

import { logsOfEdge } from '../live/LiveTrafficBar';
import { type OutputSpec, type Route, describeInsert } from '../model';
import { shownDraft, useEditor } from '../store';
import classes from './edge.module.css';
import { InsertButton } from './InsertButton';
import { edgeNameIn } from './names';
import { useUi } from './ui';

interface EdgeLabelProps {
  from: string;
  output: string;
  target: string;
  spec: OutputSpec;
  route: Route;
  /** Undefined without live traffic. */
  count: number | undefined;
  total: number;
  path: 'taken' | 'dimmed' | undefined;
  isSelected: boolean;
}

/** Labels on pieces shorter than this take two lines, and give the place of the count to the "+" when it is asked for. */
const ROOM_MIN = 120;

export const EdgeLabel = memo(function EdgeLabel({ from, output, spec, route, count, total, path, isSelected }: EdgeLabelProps) {
  const name = useEditor((state) => edgeNameIn(shownDraft(state).document, { id: from, output }));
  const insertName = useEditor((state) => describeInsert({ id: from, output }, shownDraft(state).document));
  const isUnread = useEditor((state) => state.live !== null && count === undefined);
  const isTight = route.labelRoom < ROOM_MIN && count !== undefined && spec.label !== '';
  const isStart = spec.label === '';
  const isStill = useUi((state) => state.isStill);
  const share = count === undefined || total === 0 || isStart || !hasShare(spec) ? null : percent(count / total, 0);
  if (isStill && isStart && count === undefined) return null;
  return (
    <div
      className={classes.label}
      style={{ transform: `translate(-50%, -50%) translate(${route.label[0]}px, ${route.label[1]}px)` }}
      role="group"
      aria-label={name}
      data-testid={`edge-${from}-${output}`}
      data-path={path}
      data-count={count}
      data-selected={isSelected || undefined}
      data-two={isTight || undefined}
      data-bare={(isStart && count === undefined) || undefined}
      data-still={isStill || undefined}
      data-drop={`${from}\n${output}`}
    >
      {isStart && count === undefined ? null : (
        <span className={classes.words}>
          {spec.label === '' ? null : <span>{spec.label}</span>}
          {count === undefined ? isUnread ? <b>{text.edges.unread}</b> : null : <LogsLink from={from} output={output} count={count} />}
          {isStart && count !== undefined ? <span className={classes.share}>{text.edges.requests}</span> : null}
          {share === null || isTight ? null : <span className={classes.share}>{share}</span>}
        </span>
      )}
      <InsertButton from={from} output={output} name={`${name} ${insertName}`} hint={insertName}>
        <IconPlus aria-hidden size={13} stroke={2} />
      </InsertButton>
    </div>
  );
});

/** Shares are said where traffic divides. */
function hasShare(spec: OutputSpec): boolean {
  return spec.name === 'true' || spec.name === 'false';
}

/** Where live numbers stand, a click leads to exactly these requests. */
function LogsLink({ from, output, count }: { from: string; output: string; count: number }) {
  const [search] = useUrlState();
  const gateway = useEditor((state) => state.gateway);
  const route = useEditor((state) => state.routeName);
  const window = search.live === '5m' || search.live === '1h' ? search.live : '24h';
  const { range, filters } = logsOfEdge(route, from, output, window);
  const href = `/g/${encodeURIComponent(gateway)}/logs?${new URLSearchParams({ range, filters })}`;
  return (
    <Tooltip label={text.edges.openLogs(countText(count))}>
      <HrefLink href={href} tabIndex={-1} className={classes.count ?? ''} aria-label={text.edges.openLogs(countText(count))}>
        {countText(count)}
      </HrefLink>
    </Tooltip>
  );
}
