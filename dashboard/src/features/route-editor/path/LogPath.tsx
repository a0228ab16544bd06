/** The way of one request that was logged: `?log=<id>`, as Logs and the Playground lead here. Says so until it is cleared. */
import { Anchor, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconRoute } from '@tabler/icons-react';
import { useEffect, useMemo } from 'react';

import { ApiFailure } from '@/api/client';
import { useTimeZone } from '@/app/gateway';
import { logQuery, versionQuery } from '@/features/logs/queries';
import type { RouteSeen } from '@/features/logs/row';
import { dayAndTime } from '@/lib/time';
import { useUrlState } from '@/lib/url-state';
import { insightText } from '@/text/route-insight';

import { isSameFlow } from '../deploy/same';
import classes from '../EditorPage.module.css';
import { useEditor, useEditorStore } from '../store';
import { highlightOfTrail } from './highlight';

const text = insightText.logPath;

export function LogPath() {
  const [search] = useUrlState();
  return search.log === undefined ? null : <OfLog key={search.log} id={search.log} />;
}

function OfLog({ id }: { id: string }) {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const zone = useTimeZone();
  const { data: log, error } = useQuery(logQuery(gateway, id));
  if (log === undefined) return error === null ? null : <Bar words={isGone(error) ? text.gone : text.failed} />;
  const { route } = log.waypost;
  if (route === null || route.id !== routeId) return <Bar words={text.otherRoute} id={id} />;
  return <OfRoute id={id} at={dayAndTime(log.created_at, zone)} route={route} />;
}

function isGone(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 404 || error.status === 400);
}

function OfRoute({ id, at, route }: { id: string; at: string; route: RouteSeen }) {
  const [search, setSearch] = useUrlState();
  const gateway = useEditor((state) => state.gateway);
  const draft = useEditor((state) => state.draft.document);
  const { data: version } = useQuery(versionQuery(gateway, route.id, route.version_id));
  useLogHighlight(route);
  const isViewed = search.version === String(route.version);
  const differs = version !== undefined && !isViewed && !isSameFlow(version, draft);
  return (
    <Bar words={differs ? text.differs(at, route.version) : text.of(at, route.version)} id={id}>
      {differs ? (
        <Button size="compact-xs" onClick={() => setSearch({ version: String(route.version), compare: undefined }, { replace: false })}>
          {text.view(route.version)}
        </Button>
      ) : null}
    </Bar>
  );
}

/** Highlights the way, again after a simulation was shown in between, and leaves nothing behind. */
function useLogHighlight(route: RouteSeen): void {
  const store = useEditorStore();
  const isFree = useEditor((state) => state.highlight === null);
  const highlight = useMemo(() => highlightOfTrail(route.trail), [route.trail]);
  useEffect(() => {
    if (isFree) store.getState().setHighlight(highlight);
  }, [store, isFree, highlight]);
  useEffect(
    () => () => {
      if (store.getState().highlight?.source === 'log') store.getState().setHighlight(null);
    },
    [store],
  );
}

function Bar({ words, id, children }: { words: string; id?: string; children?: React.ReactNode }) {
  const [, setSearch] = useUrlState();
  const gateway = useEditor((state) => state.gateway);
  return (
    <div className={classes.noteBar} role="status" data-testid="log-path">
      <span className={classes.noteWords}>
        <IconRoute aria-hidden size={15} stroke={1.75} />
        {words}
      </span>
      {id === undefined ? null : (
        <Anchor component={Link} {...({ to: '/g/$gw/logs/$log', params: { gw: gateway, log: id }, search: { tab: 'path' } } as object)}>
          {text.open}
        </Anchor>
      )}
      {children}
      <Button size="compact-xs" onClick={() => setSearch({ log: undefined })}>
        {text.clear}
      </Button>
    </div>
  );
}
