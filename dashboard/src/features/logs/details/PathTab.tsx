import { Button } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';

import type { RouteDocument } from '@/features/route-editor/model/types';
import { visible } from '@/lib/plain-text';
import { logsText } from '@/text/logs';

import type { LogDetail } from '../row';
import type { NamedStep } from '../trail';
import { PathSteps } from './PathSteps';
import classes from './PathTab.module.css';

const text = logsText.details;

interface PathTabProps {
  gateway: string;
  log: LogDetail;
  steps: NamedStep[];
  document: RouteDocument | undefined;
}

/** The route as it was in that version, and the way through it. */
export function PathTab({ gateway, log, steps }: PathTabProps) {
  const { route } = log.waypost;
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
      <PathSteps steps={steps} log={log} isWhole />
    </div>
  );
}
