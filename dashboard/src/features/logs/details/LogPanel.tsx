/** One log beside the list: 484 pixels that leave the rows in view. */
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconArrowUpRight, IconChevronDown, IconChevronUp, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import type { UrlState } from '@/lib/url-state';
import { logsText } from '@/text/logs';

import { logQuery } from '../queries';
import { Details, DetailsFailed, DetailsLoading } from './Details';
import { LogHead } from './LogHead';
import classes from './LogPanel.module.css';

interface LogPanelProps {
  gateway: string;
  id: string;
  tab: string | undefined;
  onTab: (tab: string | undefined) => void;
  onClose: () => void;
  onNewer: () => void;
  onOlder: () => void;
  /** The list's part of the address, for the page of this log. */
  search: UrlState;
}

const text = logsText.details;

export function LogPanel({ gateway, id, tab, onTab, onClose, onNewer, onOlder, search }: LogPanelProps) {
  const log = useQuery(logQuery(gateway, id));
  const buttons = (
    <>
      <Tooltip label={text.previous}>
        <ActionIcon aria-label={text.previous} onClick={onNewer}>
          <IconChevronUp size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={text.next}>
        <ActionIcon aria-label={text.next} onClick={onOlder}>
          <IconChevronDown size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={text.open}>
        <ActionIcon
          component={Link}
          aria-label={text.open}
          {...({ to: '/g/$gw/logs/$log', params: { gw: gateway, log: id }, search: { ...search, tab } } as object)}
        >
          <IconArrowUpRight size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={text.close}>
        <ActionIcon aria-label={text.close} onClick={onClose}>
          <IconX size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
    </>
  );
  return (
    <aside className={classes.panel} aria-label={text.label}>
      <LogHead gateway={gateway} id={id} log={log.data} buttons={buttons} />
      {log.isPending ? <DetailsLoading /> : null}
      {log.isError ? <DetailsFailed error={log.error} onRetry={() => void log.refetch()} /> : null}
      {log.data ? <Details gateway={gateway} log={log.data} tab={tab} onTab={onTab} /> : null}
    </aside>
  );
}
