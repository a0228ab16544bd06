import { IconChevronRight } from '@tabler/icons-react';
import { Fragment, type ReactNode } from 'react';

import { Money } from '@/components/Money';
import { PlainText } from '@/components/PlainText';
import type { LogDetail } from '@/features/logs/row';
import { limitsOf, toldSteps, type NamedStep } from '@/features/logs/trail';
import { usd, usdAsTyped } from '@/lib/money';
import { count, duration } from '@/lib/number';
import { playgroundText } from '@/text/playground';

import classes from './Facts.module.css';
import type { Answer } from './useAnswer';

const text = playgroundText.answer;

/** The way through the route: node, output, node. */
export function Breadcrumbs({ steps }: { steps: readonly NamedStep[] }) {
  const told = toldSteps(steps);
  return (
    <ol className={classes.trail} aria-label={text.path}>
      {told.map((step, index) => {
        const isLast = index === told.length - 1;
        return (
          <Fragment key={index}>
            <li className={classes.step}>
              <span className={classes.node}>
                <PlainText text={step.title} />
              </span>
              {isLast && step.kind === 'model' ? null : (
                <b className={classes.output} data-detour={step.isDetour || undefined}>
                  <PlainText text={step.outputLabel} />
                </b>
              )}
              {isLast ? null : <IconChevronRight aria-hidden size={12} stroke={1.75} className={classes.chevron} />}
            </li>
          </Fragment>
        );
      })}
    </ol>
  );
}

/** Measured here until the row is there; then what the gateway wrote down. */
export function Facts({ answer, row, isMissing }: { answer: Answer; row: LogDetail | undefined; isMissing: boolean }) {
  const waiting = <span className={classes.waiting}>{isMissing || !answer.served?.logId ? text.facts.unknown : text.facts.reading}</span>;
  const first = row ? row.waypost.first_token_ms : answer.firstTokenMs;
  const took = row?.duration ?? answer.durationMs;
  const isCalled = row ? row.waypost.attempts.length > 0 : true;
  return (
    <dl className={classes.facts} title={isMissing ? text.notLogged : undefined}>
      <Fact name={text.facts.firstToken}>{first == null ? text.facts.unknown : duration(first)}</Fact>
      <Fact name={text.facts.duration}>{took === undefined ? text.facts.unknown : duration(took)}</Fact>
      <Fact name={text.facts.tokens}>
        {row ? row.tokens_in == null || row.tokens_out == null ? text.facts.unknown : `${count(row.tokens_in)} / ${count(row.tokens_out)}` : waiting}
      </Fact>
      <Fact name={text.facts.cost}>{row ? isCalled ? <Money amount={row.cost} isCustom={row.custom_cost} isSimulated={row.waypost.simulated} /> : <Money amount={row.cost} /> : waiting}</Fact>
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

/** What is used of each limit that was asked, this request included. */
export function Remaining({ steps, row, answer }: { steps: readonly NamedStep[]; row: LogDetail | undefined; answer: Answer }) {
  const limits = limitsOf(steps);
  if (!row || limits.length === 0) {
    const left = answer.served?.budgetRemaining;
    return left === undefined ? null : <span className={classes.remaining}>{text.remaining(usd(left))}</span>;
  }
  const words = limits.flatMap(({ title, limit, output }) => {
    if (limit.kind === 'count') return [text.limit.count(title, count(limit.used + (output === 'success' ? limit.asked : 0)), count(limit.limit))];
    // What a request adds to a budget is what it cost; unknown costs are not guessed.
    const added = output === 'success' ? row.cost : 0;
    return added == null ? [] : [text.limit.cost(title, usd(limit.used + added), usdAsTyped(limit.limit))];
  });
  return (
    <span className={classes.remaining}>
      <PlainText text={words.join(' · ')} />
    </span>
  );
}
