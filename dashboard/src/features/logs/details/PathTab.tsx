import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconRoute } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';

import { Skeleton } from '@/components/States';
import { highlightOfTrail } from '@/features/route-editor/path/highlight';
import { visible } from '@/lib/plain-text';
import { logsText } from '@/text/logs';
import { insightText } from '@/text/route-insight';

import { versionQuery } from '../queries';
import type { LogDetail, RouteSeen } from '../row';
import type { NamedStep } from '../trail';
import { PathSteps } from './PathSteps';
import classes from './PathTab.module.css';

// The canvas is as large as the rest of Logs together: it is loaded by those who look at a path.
const ReadOnlyRoute = lazy(() => import('@/features/route-editor/canvas/ReadOnlyRoute'));

const text = logsText.details;

interface PathTabProps {
  gateway: string;
  log: LogDetail;
  steps: NamedStep[];
}

/** The route as it was in that version, and the way through it: drawn, and told step by step. */
export function PathTab({ gateway, log, steps }: PathTabProps) {
  const { route } = log.waypost;
  const [selected, setSelected] = useState<string | null>(null);
  if (!route) return <p className={classes.note}>{text.noRoute}</p>;
  return (
    <div className={classes.tab}>
      <div className={classes.head}>
        <span className={classes.name}>{text.version(visible(route.name), route.version)}</span>
        <span className={classes.grow} />
        <Button
          component={Link}
          leftSection={<IconRoute size={15} stroke={1.75} />}
          {...({ to: '/g/$gw/routes/$route', params: { gw: gateway, route: route.name }, search: { log: log.id } } as object)}
        >
          {text.openInEditor}
        </Button>
      </div>
      <div className={classes.both}>
        <Drawn gateway={gateway} route={route} selected={selected} onNode={setSelected} />
        <PathSteps steps={steps} log={log} isWhole selected={selected} onStep={(node) => setSelected(node === selected ? null : node)} />
      </div>
    </div>
  );
}

function Drawn({ gateway, route, selected, onNode }: { gateway: string; route: RouteSeen; selected: string | null; onNode: (node: string | null) => void }) {
  const { data: document, isError } = useQuery(versionQuery(gateway, route.id, route.version_id));
  const highlight = useMemo(() => highlightOfTrail(route.trail, selected), [route.trail, selected]);
  if (isError) return <p className={classes.note}>{insightText.logPath.noDocument}</p>;
  const waiting = <Skeleton height="100%" />;
  return (
    <div className={classes.canvas} data-testid="path-canvas">
      {document === undefined ? (
        waiting
      ) : (
        <Suspense fallback={waiting}>
          <ReadOnlyRoute gateway={gateway} routeId={route.id} routeName={route.name} document={document} highlight={highlight} onNode={onNode} />
        </Suspense>
      )}
    </div>
  );
}
