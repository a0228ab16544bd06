import { Button, SegmentedControl, Switch } from '@mantine/core';
import { useState } from 'react';

import { useMay } from '@/app/session';
import { CopyButton } from '@/components/CopyButton';
import { PlainText } from '@/components/PlainText';
import { Failed, SkeletonRows } from '@/components/States';
import { Markdown } from '@/features/playground/Markdown';
import { bytes } from '@/lib/number';
import { logsText } from '@/text/logs';

import type { LogDetail } from '../row';
import { eventsOf, isEventStream, messagesOfRequest, messagesOfResponse, readJson, type Message } from './messages';
import classes from './PayloadTab.module.css';
import { SHOWN_BYTES, usePayload } from './usePayload';

const text = logsText.payload;

type View = 'messages' | 'raw' | 'events';

/** The prompt or the answer, as messages, as it went over the wire, or as events. Always plain text; Markdown is a switch. */
export function PayloadTab({ gateway, log, side }: { gateway: string; log: LogDetail; side: 'request' | 'response' }) {
  const mayRead = useMay('editor');
  if (!mayRead) return <p className={classes.note}>{text.role}</p>;
  return <Readable key={`${log.id} ${side}`} gateway={gateway} log={log} side={side} />;
}

function Readable({ gateway, log, side }: { gateway: string; log: LogDetail; side: 'request' | 'response' }) {
  const { data, isPending, error, refetch, hasMore, loadAll } = usePayload(gateway, log, side);
  const [view, setView] = useState<View>();
  const [asMarkdown, setMarkdown] = useState(false);
  const size = side === 'request' ? log.request_size : log.response_size;
  if (isPending) return <SkeletonRows rows={6} />;
  if (error) return <Failed error={error} onRetry={refetch} />;
  if (!data) return <p className={classes.note}>{text.notStored[side]}</p>;
  const isStream = side === 'response' && isEventStream(data.text, data.contentType);
  const messages = side === 'request' ? messagesOfRequest(data.text) : messagesOfResponse(data.text, data.contentType);
  const shown: View = view ?? (messages.length > 0 ? 'messages' : isStream ? 'events' : 'raw');
  const pretty = isStream ? data.text : prettyOf(data.text);
  const views = [
    { value: 'messages', label: text.messages },
    { value: 'raw', label: readJson(data.text) === undefined ? text.text : text.raw },
    ...(isStream ? [{ value: 'events', label: text.events }] : []),
  ];
  return (
    <div className={classes.tab}>
      <div className={classes.tools}>
        <SegmentedControl aria-label={text.view} value={shown} onChange={(next) => setView(next as View)} data={views} />
        {shown === 'messages' && messages.length > 0 ? <Switch label={text.markdown} checked={asMarkdown} onChange={(event) => setMarkdown(event.currentTarget.checked)} /> : null}
        <span className={classes.grow} />
        <span className={classes.quiet}>{bytes(size)}</span>
        <CopyButton text={data.text} label={text.copy} />
      </div>
      {hasMore || !data.isComplete ? (
        <div className={classes.cut}>
          <span>{hasMore ? text.shown(bytes(SHOWN_BYTES), bytes(size)) : text.cut}</span>
          {hasMore ? (
            <Button size="compact-xs" onClick={loadAll}>
              {text.loadAll(bytes(size))}
            </Button>
          ) : null}
        </div>
      ) : null}
      {data.text === '' ? <p className={classes.note}>{text.empty}</p> : null}
      {shown === 'messages' ? <Messages messages={messages} asMarkdown={asMarkdown} /> : null}
      {shown === 'raw' && data.text !== '' ? (
        <div className={classes.raw}>
          <PlainText text={pretty} block />
        </div>
      ) : null}
      {shown === 'events' ? <Events text={data.text} /> : null}
      <dl className={classes.kept}>
        <dt>{text.contentType}</dt>
        <dd>
          <PlainText text={data.contentType ?? logsText.none} />
        </dd>
        {side === 'request' ? (
          <>
            <dt>{text.userAgent}</dt>
            <dd>
              <PlainText text={log.user_agent ?? logsText.none} />
            </dd>
          </>
        ) : null}
      </dl>
      <p className={classes.note}>{text.headersNote}</p>
    </div>
  );
}

function prettyOf(body: string): string {
  const json = readJson(body);
  return json === undefined ? body : JSON.stringify(json, null, 2);
}

function Messages({ messages, asMarkdown }: { messages: readonly Message[]; asMarkdown: boolean }) {
  if (messages.length === 0) return <p className={classes.note}>{text.noMessages}</p>;
  return (
    <ol className={classes.messages}>
      {messages.map((message, index) => (
        <li key={index} className={classes.message}>
          <span className={classes.role}>{text.roles[message.role] ?? <PlainText text={message.role} />}</span>
          {message.text === '' ? null : asMarkdown ? <Markdown text={message.text} /> : <PlainText text={message.text} block />}
          {message.others.map((other, at) => (
            <span key={at} className={classes.quiet}>
              <PlainText text={text.image(other)} />
            </span>
          ))}
          {message.calls.map((call, at) => (
            <div key={at} className={classes.call}>
              <span className={classes.quiet}>
                <PlainText text={text.toolCall(call.name)} />
              </span>
              <PlainText text={call.input} block />
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}

const EVENTS_SHOWN = 500;

function Events({ text: body }: { text: string }) {
  const events = eventsOf(body);
  return (
    <>
      <p className={classes.note}>{text.timingNote}</p>
      <table className={classes.events}>
        <thead>
          <tr>
            <th scope="col">{text.eventNumber}</th>
            <th scope="col">{text.event}</th>
            <th scope="col">{text.data}</th>
          </tr>
        </thead>
        <tbody>
          {events.slice(0, EVENTS_SHOWN).map((event, index) => (
            <tr key={index}>
              <td>{index + 1}</td>
              <td>
                <PlainText text={event.name} />
              </td>
              <td>
                <PlainText text={event.data} block />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
