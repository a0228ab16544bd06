import { Tabs } from '@mantine/core';
import { useEffect } from 'react';

import { ApiFailure } from '@/api/client';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { useTickStep } from '@/features/get-started';
import { logsText } from '@/text/logs';

import { useVersions } from '../queries';
import type { LogDetail } from '../row';
import { namedSteps } from '../trail';
import { CostTab } from './CostTab';
import classes from './Details.module.css';
import { FeedbackTab } from './FeedbackTab';
import { MetadataTab } from './MetadataTab';
import { OverviewTab } from './OverviewTab';
import { PathTab } from './PathTab';
import { PayloadTab } from './PayloadTab';

const TABS = ['overview', 'path', 'request', 'response', 'cost', 'metadata', 'feedback'] as const;
type Tab = (typeof TABS)[number];

const text = logsText.details;

/** All that is known of one request. Its tab is in the address. */
export function Details({ gateway, log, tab, onTab }: { gateway: string; log: LogDetail; tab: string | undefined; onTab: (tab: string | undefined) => void }) {
  const tick = useTickStep('open_log');
  useEffect(tick, [tick]);
  const documents = useVersions(gateway, [log]);
  const document = documents.get(log.waypost.route?.version_id ?? '');
  const steps = log.waypost.route ? namedSteps(log.waypost.route, document) : [];
  const open: Tab = TABS.find((name) => name === tab) ?? 'overview';
  return (
    <Tabs value={open} onChange={(next) => onTab(next === 'overview' ? undefined : (next ?? undefined))} keepMounted={false} className={classes.tabs}>
      <Tabs.List className={classes.list}>
        {TABS.map((name) => (
          <Tabs.Tab key={name} value={name} className={classes.tab}>
            {text.tabs[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <div className={classes.body}>
        <Tabs.Panel value="overview">
          <OverviewTab gateway={gateway} log={log} steps={steps} onTab={onTab} />
        </Tabs.Panel>
        <Tabs.Panel value="path">
          <PathTab gateway={gateway} log={log} steps={steps} />
        </Tabs.Panel>
        <Tabs.Panel value="request">
          <PayloadTab gateway={gateway} log={log} side="request" />
        </Tabs.Panel>
        <Tabs.Panel value="response">
          <PayloadTab gateway={gateway} log={log} side="response" />
        </Tabs.Panel>
        <Tabs.Panel value="cost">
          <CostTab log={log} />
        </Tabs.Panel>
        <Tabs.Panel value="metadata">
          <MetadataTab log={log} />
        </Tabs.Panel>
        <Tabs.Panel value="feedback">
          <FeedbackTab gateway={gateway} log={log} />
        </Tabs.Panel>
      </div>
    </Tabs>
  );
}

export function DetailsLoading() {
  return <SkeletonRows rows={9} />;
}

export function DetailsFailed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (error instanceof ApiFailure && (error.status === 404 || error.status === 400)) return <Empty title={text.label} text={text.gone} />;
  return <Failed error={error} onRetry={onRetry} />;
}
