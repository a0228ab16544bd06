import { Anchor } from '@mantine/core';
import { IconAlertTriangle, IconHandStop } from '@tabler/icons-react';

import { ErrorLink } from '@/components/ErrorLink';
import { PlainText } from '@/components/PlainText';
import { playgroundText } from '@/text/playground';

import classes from './ErrorBox.module.css';
import type { GatewayError } from './gateway-error';

const text = playgroundText.error;

/** What happened, why and what to do, in the gateway's own words; its code, its id and when to come back beside them. */
export function ErrorBox({ error, routeNames, onModel }: { error: GatewayError; routeNames: readonly string[]; onModel: (model: string) => void }) {
  const offered = /"(dynamic\/[^"<>]+)"|Did you mean "([^"]+)"/.exec(error.message);
  const name = offered?.[1] ?? (offered?.[2] && routeNames.includes(offered[2]) ? `dynamic/${offered[2]}` : undefined);
  const isLimit = error.status === 429;
  const Icon = isLimit ? IconHandStop : IconAlertTriangle;
  return (
    <div className={classes.box} role="alert" data-limit={isLimit || undefined} data-testid="answer-error">
      <Icon aria-hidden size={16} stroke={1.75} />
      <div className={classes.words}>
        <PlainText text={error.message} block />
        <div className={classes.small}>
          {error.type ? <code>{text.code(error.type, error.status)}</code> : error.status > 0 ? <code>{error.status}</code> : null}
          {error.isOurs && error.type ? (
            <ErrorLink code={error.type} />
          ) : error.docs ? (
            <a href={error.docs} target="_blank" rel="noopener noreferrer nofollow">
              {text.docs}
            </a>
          ) : null}
          {error.requestId ? <span>{text.request(error.requestId)}</span> : null}
          {error.retryAfter ? <span>{text.retryAfter(error.retryAfter)}</span> : null}
          {name ? (
            <Anchor component="button" type="button" fz="inherit" onClick={() => onModel(name)}>
              {text.fixModel(name)}
            </Anchor>
          ) : null}
        </div>
      </div>
    </div>
  );
}
