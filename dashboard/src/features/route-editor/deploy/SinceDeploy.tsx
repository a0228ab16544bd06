/** For ten minutes after a deploy: how it goes, beside how it went. */
import { ActionIcon } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconRocket, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

import { EVERY_MS } from '@/app/queries';
import { HrefLink } from '@/components/charts/HrefLink';
import { type LogFilter, logsHref } from '@/components/charts/logs-link';
import { deployText as text } from '@/text/versions';

import classes from '../EditorPage.module.css';
import { sumQuery } from '../insight';
import { deploymentsQuery } from '../queries';
import { useEditor } from '../store';
import { useServing } from '../versions/useServing';
import { BEFORE_MS, sinceWords, timeLeft } from './since';

export function SinceDeploy() {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const { data } = useQuery(deploymentsQuery(gateway, routeId));
  const [closed, setClosed] = useState<string>();
  const serving = useServing();
  const newest = data?.[0];
  const isYoung = useIsYoung(newest?.created_at);
  if (newest === undefined || !serving || !isYoung || closed === newest.deployment_id) return null;
  return <Strip key={newest.deployment_id} deployedAt={newest.created_at} version={serving.version} onClose={() => setClosed(newest.deployment_id)} />;
}

/** Becomes false by itself when the time is over. */
function useIsYoung(deployedAt: string | undefined): boolean {
  const [now, setNow] = useState(() => Date.now());
  const left = deployedAt === undefined ? null : timeLeft(deployedAt, Math.max(now, Date.now()));
  useEffect(() => {
    if (left === null) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), left);
    return () => clearTimeout(timer);
  }, [left]);
  return left !== null;
}

function Strip({ deployedAt, version, onClose }: { deployedAt: string; version: number; onClose: () => void }) {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const routeName = useEditor((state) => state.routeName);
  const at = Date.parse(deployedAt);
  const ofRoute: LogFilter[] = [{ key: 'route', operator: 'eq', value: [routeName] }];
  const ofVersion: LogFilter[] = [...ofRoute, { key: 'version', operator: 'eq', value: [version] }];
  const { data: after } = useQuery({ ...sumQuery(gateway, [routeId, 'since', at], at, ofVersion), refetchInterval: EVERY_MS.live });
  // What served until then: told apart by its version, since the deploy falls into the middle of a minute.
  const ofOthers: LogFilter[] = [...ofRoute, { key: 'version', operator: 'neq', value: [version] }];
  const { data: before } = useQuery({ ...sumQuery(gateway, [routeId, 'before', at], at - BEFORE_MS, ofOthers), refetchInterval: EVERY_MS.slow });
  if (after === undefined) return null;
  const failed: LogFilter[] = [...ofVersion, { key: 'outcome', operator: 'eq', value: ['failed'] }];
  return (
    <div className={classes.noteBar} role="status" data-testid="since-deploy">
      <span className={classes.noteWords}>
        <IconRocket aria-hidden size={15} stroke={1.75} />
        {sinceWords(after, before)}
      </span>
      {after.failed > 0 ? <HrefLink href={logsHref(gateway, failed, { start: at, end: at + 2 * BEFORE_MS })}>{text.sinceFailed(after.failed)}</HrefLink> : null}
      <ActionIcon size={24} aria-label={text.sinceClose} onClick={onClose}>
        <IconX size={14} stroke={1.75} />
      </ActionIcon>
    </div>
  );
}
