import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { MouseEvent } from 'react';

import { useGatewayId } from '@/app/gateway';
import { useOpen } from '@/components/charts';
import { summaryQuery } from '@/features/routes/queries';
import { curlCommand } from '@/features/overview/snippets';
import { useCallSource } from '@/features/overview/use-call-source';
import { states } from '@/text/shell';
import { getStarted as text } from '@/text/get-started';

import type { GetStarted, StepId } from './queries';
import classes from './Steps.module.css';
import { targetOf } from './steps';

/** The steps with what is done; in a corner only their titles. */
export function Steps({ state, isCompact = false }: { state: GetStarted; isCompact?: boolean }) {
  const next = state.steps.find((step) => !step.done)?.id;
  return (
    <ol className={classes.steps} data-compact={isCompact || undefined}>
      {state.steps.map((step, index) => {
        const words = text.steps[step.id];
        return (
          <li key={step.id} className={classes.step} data-done={step.done || undefined} data-testid={`step-${step.id}`}>
            <span className={classes.check}>
              {step.done ? <IconCheck aria-hidden size={isCompact ? 12 : 14} stroke={2.25} /> : <span aria-hidden>{index + 1}</span>}
              <span className={classes.hidden}>{step.done ? text.done : text.toDo}</span>
            </span>
            <div className={classes.words}>
              <div className={classes.title}>{words.title}</div>
              {isCompact ? null : <div className={classes.text}>{words.text}</div>}
            </div>
            {isCompact && step.id !== next ? null : step.done ? null : <StepButton id={step.id} isNext={step.id === next} isCompact={isCompact} />}
          </li>
        );
      })}
    </ol>
  );
}

function StepButton({ id, isNext, isCompact }: { id: StepId; isNext: boolean; isCompact: boolean }) {
  const gateway = useGatewayId();
  const { data: routes } = useQuery(summaryQuery(gateway));
  const open = useOpen();
  const clipboard = useClipboard({ timeout: 1_500 });
  const curl = curlCommand(useCallSource());
  const route = routes?.find((one) => one.name === 'smart-route') ?? routes?.[0];
  const target = targetOf(id, gateway, route?.name);
  const look = { size: isCompact ? 'compact-xs' : 'xs', variant: isNext && !isCompact ? 'filled' : 'default' } as const;
  if (target.kind === 'copy') {
    const Icon = clipboard.copied ? IconCheck : IconCopy;
    return (
      <Button {...look} leftSection={isCompact ? <Icon aria-hidden size={14} stroke={1.75} /> : undefined} onClick={() => clipboard.copy(curl)}>
        {clipboard.copied ? states.copied : text.steps.curl.action}
      </Button>
    );
  }
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(target.href);
  };
  return (
    <Button {...look} component="a" href={target.href} onClick={follow}>
      {text.steps[id].action}
    </Button>
  );
}

/** How many are done. */
export function Progress({ state }: { state: GetStarted }) {
  const done = state.steps.filter((step) => step.done).length;
  const all = state.steps.length;
  return (
    <span className={classes.track} role="progressbar" aria-label={text.title} aria-valuemin={0} aria-valuemax={all} aria-valuenow={done}>
      <span className={classes.bar} style={{ width: `${(done / Math.max(1, all)) * 100}%` }} />
    </span>
  );
}
