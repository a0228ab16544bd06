import { ActionIcon } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconHandStop, IconThumbDown, IconThumbUp, IconWallet } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { ErrorLink } from '@/components/ErrorLink';
import { Filterable } from '@/components/FilterBar';
import { PlainText } from '@/components/PlainText';
import { usd } from '@/lib/money';
import { duration } from '@/lib/number';
import { visible } from '@/lib/plain-text';
import { logsText } from '@/text/logs';

import { outcomeOf } from '../outcome';
import type { LogDetail } from '../row';
import { limitsOf, type NamedStep } from '../trail';
import { waterfallOf } from '../waterfall';
import { CostTable } from './CostTable';
import classes from './OverviewTab.module.css';
import { PathSteps } from './PathSteps';
import { useFeedback } from './useFeedback';
import { WaterfallChart } from './WaterfallChart';

const text = logsText.details;

export function OverviewTab({ gateway, log, steps, onTab }: { gateway: string; log: LogDetail; steps: NamedStep[]; onTab: (tab: string) => void }) {
  const outcome = outcomeOf(log, steps);
  const isBudget = limitsOf(steps).some(({ limit }) => limit.kind === 'cost');
  const Icon = outcome.tone === 'ok' ? IconCircleCheck : outcome.tone === 'bad' ? IconCircleX : isBudget ? IconWallet : IconHandStop;
  const waterfall = waterfallOf(log);
  const { route, error, notes } = log.waypost;
  const first = log.waypost.first_token_ms;
  return (
    <div className={classes.tab}>
      <div className={classes.outcome} data-tone={outcome.tone} data-testid="outcome">
        <Icon aria-hidden size={16} stroke={1.75} />
        <p>
          {outcome.words.map((word, index) => (word.strong ? <b key={index}>{<PlainText text={word.text} />}</b> : <PlainText key={index} text={word.text} />))}
          {error ? (
            <span className={classes.code}>
              {' '}
              {text.errorCode(error.type, error.code)} <ErrorLink code={error.type} />
            </span>
          ) : null}
        </p>
      </div>
      <section>
        <h3>
          {text.timing} <span className={classes.quiet}>{text.timingOf(duration(log.duration), first === null ? undefined : duration(first))}</span>
        </h3>
        <WaterfallChart waterfall={waterfall} />
        {waterfall.remarks.map((remark) => (
          <p key={remark.number} className={classes.remark}>
            <PlainText text={text.remark(remark.number, remark.text)} /> {remark.cost === null ? null : remark.cost === 0 ? text.nothingCharged : text.charged(usd(remark.cost))}
          </p>
        ))}
      </section>
      {route ? (
        <section>
          <h3>
            {text.path}{' '}
            <button type="button" className={classes.link} onClick={() => onTab('path')}>
              {text.version(visible(route.name), route.version)}
            </button>
          </h3>
          <PathSteps steps={steps} log={log} />
        </section>
      ) : null}
      <div className={classes.columns}>
        <section>
          <h3>{text.tabs.cost}</h3>
          <CostTable log={log} isShort />
        </section>
        <section>
          <h3>{text.tabs.metadata}</h3>
          <MetadataChips log={log} />
        </section>
      </div>
      <Facts gateway={gateway} log={log} />
      {notes.length > 0 ? (
        <section>
          <h3>{text.notes}</h3>
          <ul className={classes.notes}>
            {notes.map((note) => (
              <li key={note}>
                <PlainText text={note} />
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}

function MetadataChips({ log }: { log: LogDetail }) {
  const entries = Object.entries(log.metadata ?? {});
  if (entries.length === 0) return <span className={classes.quiet}>{logsText.none}</span>;
  const allByCaller = log.waypost.pinned_metadata.length === 0 && Object.keys(log.waypost.added_metadata).length === 0;
  return (
    <div className={classes.chips}>
      {entries.map(([key, value]) => (
        <Filterable key={key} field={`metadata.${key}`} value={value}>
          <span className={classes.chip}>
            <PlainText text={key} /> =&nbsp;
            <b>
              <PlainText text={String(value)} />
            </b>
          </span>
        </Filterable>
      ))}
      {allByCaller ? <span className={classes.small}>{entries.length === 2 ? logsText.metadata.all : logsText.metadata.allByCaller}</span> : null}
    </div>
  );
}

function Facts({ gateway, log }: { gateway: string; log: LogDetail }) {
  const { key, overhead_us: overhead, route, surface } = log.waypost;
  const draw = route?.trail.find((step) => step.draw !== undefined)?.draw;
  return (
    <dl className={classes.facts}>
      <Fact name={text.facts.sentFrom}>
        {key ? (
          <Filterable field="key_id" value={key.id}>
            <PlainText text={key.label ?? key.id} />
          </Filterable>
        ) : (
          text.facts.noKey
        )}
      </Fact>
      <Fact name={text.facts.providerKey}>{log.byok ? text.facts.stored : text.facts.callers}</Fact>
      <Fact name={text.facts.surface}>{surface}</Fact>
      <Fact name={text.facts.ownTime}>{duration(overhead / 1_000)}</Fact>
      <Fact name={text.facts.draw}>{draw === undefined ? logsText.none : draw.toFixed(4)}</Fact>
      <Fact name={text.facts.feedback}>
        <Thumbs gateway={gateway} log={log} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Thumbs({ gateway, log }: { gateway: string; log: LogDetail }) {
  const feedback = useFeedback(gateway, log.id);
  const toggle = (value: 1 | -1) => feedback.mutate({ feedback: log.feedback === value ? null : value });
  return (
    <span className={classes.thumbs}>
      <ActionIcon size={24} aria-label={logsText.feedback.up} aria-pressed={log.feedback === 1} disabled={feedback.isPending} color={log.feedback === 1 ? 'spruce' : 'gray'} variant={log.feedback === 1 ? 'light' : 'subtle'} onClick={() => toggle(1)}>
        <IconThumbUp size={15} stroke={1.75} />
      </ActionIcon>
      <ActionIcon size={24} aria-label={logsText.feedback.down} aria-pressed={log.feedback === -1} disabled={feedback.isPending} color={log.feedback === -1 ? 'red' : 'gray'} variant={log.feedback === -1 ? 'light' : 'subtle'} onClick={() => toggle(-1)}>
        <IconThumbDown size={15} stroke={1.75} />
      </ActionIcon>
    </span>
  );
}
