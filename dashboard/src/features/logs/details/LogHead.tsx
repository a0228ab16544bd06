import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconLink, IconPlayerPlay, IconTerminal2 } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { useTimeZone } from '@/app/gateway';
import { CopyButton } from '@/components/CopyButton';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import { useSessionOrigin } from '@/features/playground/origin';
import { logsText } from '@/text/logs';
import { states } from '@/text/shell';

import { Status } from '../columns';
import { payload } from '../queries';
import type { LogDetail } from '../row';
import { curlOf } from './curl';
import classes from './LogHead.module.css';

const text = logsText.details;

/** Status, time, id, and what can be done with this request. */
export function LogHead({ gateway, id, log, buttons, isPage = false }: { gateway: string; id: string; log: LogDetail | undefined; buttons: ReactNode; isPage?: boolean }) {
  const zone = useTimeZone();
  const origin = useSessionOrigin();
  const clipboard = useClipboard({ timeout: 1_500 });
  const link = `${window.location.origin}/g/${encodeURIComponent(gateway)}/logs/${encodeURIComponent(id)}`;
  const copyCurl = async () => {
    if (!log) return;
    try {
      const body = log.waypost.has_request ? await payload(gateway, id, 'request') : null;
      clipboard.copy(curlOf(log, body?.text ?? null, origin));
    } catch (error) {
      toast(text.curl, { kind: 'failed', text: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <div className={classes.head}>
      <div className={classes.line}>
        <h2 className={classes.title}>
          {log ? (
            <>
              <Status row={log} />
              <When at={log.created_at} as="clock" />
              <span className={classes.day}>
                <When at={log.created_at} as="day" />, {zone}
              </span>
            </>
          ) : (
            text.label
          )}
        </h2>
        <span className={classes.grow} />
        {buttons}
      </div>
      <div className={classes.line}>
        <span className={classes.id} title={id}>
          {id}
        </span>
        <CopyButton text={id} label={text.copyId} />
        <span className={classes.grow} />
        {isPage ? (
          <Button leftSection={<IconLink size={15} stroke={1.75} />} onClick={() => void navigator.clipboard.writeText(link).then(() => toast(states.copied))}>
            {text.link}
          </Button>
        ) : (
          <CopyLink link={link} />
        )}
        <Button component={Link} leftSection={<IconPlayerPlay size={14} stroke={1.75} />} {...({ to: '/g/$gw/playground', params: { gw: gateway }, search: { log: id } } as object)}>
          {text.replay}
        </Button>
        <Button leftSection={clipboard.copied ? <IconCheck size={15} stroke={1.75} /> : <IconTerminal2 size={15} stroke={1.75} />} onClick={() => void copyCurl()}>
          {clipboard.copied ? states.copied : text.curl}
        </Button>
      </div>
    </div>
  );
}

function CopyLink({ link }: { link: string }) {
  const clipboard = useClipboard({ timeout: 1_500 });
  const name = clipboard.copied ? states.copied : text.link;
  return (
    <Button aria-label={name} title={name} px={8} onClick={() => clipboard.copy(link)}>
      {clipboard.copied ? <IconCheck size={15} stroke={1.75} /> : <IconLink size={15} stroke={1.75} />}
    </Button>
  );
}
