import { IconArrowFork, IconArrowRight, IconArrowsSplit2, IconCube, IconFlag, IconGauge, IconPlayerPlay, IconQuestionMark, IconWallet } from '@tabler/icons-react';

import { Filterable } from '@/components/FilterBar';
import { Money } from '@/components/Money';
import { PlainText } from '@/components/PlainText';
import { usd, usdAsTyped } from '@/lib/money';
import { count } from '@/lib/number';
import { logsText } from '@/text/logs';

import type { LogRow } from '../row';
import { isBudgetStep, toldSteps, type NamedStep } from '../trail';
import classes from './PathSteps.module.css';

const text = logsText.details;

function looksOf(step: NamedStep): { family: string; Icon: typeof IconCube } {
  switch (step.kind) {
    case 'start':
      return { family: 'end', Icon: IconPlayerPlay };
    case 'end':
      return { family: 'end', Icon: IconFlag };
    case 'conditional':
      return { family: 'decide', Icon: IconArrowFork };
    case 'percentage':
      return { family: 'decide', Icon: IconArrowsSplit2 };
    case 'rate':
      return { family: 'limit', Icon: isBudgetStep(step) ? IconWallet : IconGauge };
    case 'model':
      return { family: 'answer', Icon: IconCube };
    default:
      return { family: 'end', Icon: IconQuestionMark };
  }
}

interface PathStepsProps {
  steps: readonly NamedStep[];
  log: LogRow;
  /** Start and End too. */
  isWhole?: boolean;
  /** Numbered as on a canvas beside it, where a step can be chosen. */
  selected?: string | null;
  onStep?: (node: string) => void;
}

/** The way through the route, step by step, each with its reason. */
export function PathSteps({ steps, log, isWhole = false, selected = null, onStep }: PathStepsProps) {
  const told = isWhole ? steps : toldSteps(steps);
  const numbers = new Map(toldSteps(steps).map((step, at) => [step, at + 1]));
  return (
    <ol className={classes.path}>
      {told.map((step, index) => {
        const { family, Icon } = looksOf(step);
        const why = <Why step={step} log={log} />;
        return (
          <li key={index} className={classes.step} data-testid={`step-${step.node}`} data-selected={selected === step.node || undefined}>
            <span aria-hidden className={classes.tile} data-family={family}>
              <Icon size={15} stroke={1.9} />
            </span>
            <span className={classes.head}>
              <Filterable field="node" value={step.node}>
                {onStep ? (
                  <button type="button" className={classes.title} aria-pressed={selected === step.node} onClick={() => onStep(step.node)}>
                    {numbers.has(step) ? <span className={classes.number}>{numbers.get(step)} </span> : null}
                    <PlainText text={step.title} />
                  </button>
                ) : (
                  <span className={classes.title}>
                    <PlainText text={step.title} />
                  </span>
                )}
              </Filterable>
              {step.outputLabel ? (
                <Filterable field="edge" value={`${step.node}:${step.output}`}>
                  <span className={classes.output} data-detour={step.isDetour || undefined}>
                    <IconArrowRight aria-hidden size={13} stroke={1.75} />
                    <PlainText text={step.outputLabel} />
                  </span>
                </Filterable>
              ) : null}
            </span>
            <span className={classes.why}>{why}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Why({ step, log }: { step: NamedStep; log: LogRow }) {
  const { limit, reason, draw } = step;
  if (limit) {
    const isCost = limit.kind === 'cost';
    const amounts = isCost ? ([usd(limit.used), usdAsTyped(limit.limit)] as const) : ([count(limit.used), count(limit.limit)] as const);
    const isCharged = isCost && step.output === 'success';
    return (
      <>
        <PlainText text={text.limitSeen[isCost ? 'cost' : 'count'](...amounts, limit.key)} />
        {isCharged ? (
          <>
            ; {text.limitSeen.asked(usd(limit.asked))}, {text.limitSeen.came}{' '}
            <b>
              <Money amount={log.cost} isCustom={log.custom_cost} isSimulated={log.waypost.simulated} />
            </b>
          </>
        ) : null}
        {limit.would_refuse ? <>; {text.limitSeen.watching}</> : null}
      </>
    );
  }
  // "answered" and "returns the answer" say nothing that the row does not say.
  if (!reason || step.kind === 'start' || step.kind === 'end' || (step.kind === 'model' && step.output === 'success')) return null;
  return (
    <>
      <PlainText text={reason} />
      {draw === undefined ? null : `, ${text.draw(draw.toFixed(4))}`}
    </>
  );
}
