import { ActionIcon, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconChevronDown, IconChevronUp, IconEyeOff } from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';

import { canvasText as text } from '@/text/editor-canvas';

import { useEditor } from '../store';
import { ProblemItem } from './ProblemItem';
import classes from './problems.module.css';
import { useDismiss, useProblems } from './useProblems';

/** Below the canvas: how many, the first one, and all of them on demand. */
export function ProblemsStrip({ aside }: { aside?: ReactNode }) {
  const { shown, errors, warnings, dismissed } = useProblems();
  const state = useEditor((editor) => editor.validation.state);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const [first] = shown;
  const canOpen = shown.length > 1 || dismissed.length > 0 || first !== undefined;
  return (
    <section className={classes.strip} aria-label={text.problems.label} data-testid="problems">
      <div className={classes.line} data-tall={aside !== undefined || undefined}>
        <h2 className={classes.label}>{text.problems.label}</h2>
        {state === 'failed' ? <span className={classes.quiet}>{text.problems.failed}</span> : null}
        {state === 'unknown' ? <span className={classes.quiet}>{text.problems.checking}</span> : null}
        {state === 'unknown' ? null : (
          <>
            <Count severity="error" count={errors} words={text.problems.errors(errors)} />
            <Count severity="warning" count={warnings} words={text.problems.warnings(warnings)} />
          </>
        )}
        {dismissed.length > 0 ? <span className={classes.quiet}>{text.problems.dismissed(dismissed.length)}</span> : null}
        {first !== undefined && !isOpen ? (
          <>
            <span aria-hidden className={classes.rule} />
            <span className={classes.first}>
              <ProblemItem problem={first} isBrief />
            </span>
          </>
        ) : (
          <span style={{ flex: 1 }} />
        )}
        {aside}
        {canOpen ? (
          <ActionIcon size={24} aria-label={isOpen ? text.problems.fold : text.problems.more(shown.length)} aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
            {isOpen ? <IconChevronDown size={15} stroke={1.75} /> : <IconChevronUp size={15} stroke={1.75} />}
          </ActionIcon>
        ) : null}
      </div>
      {isOpen && canOpen ? (
        <ul className={classes.list} id={id}>
          {shown.map((problem, at) => (
            <li key={at} className={classes.item} data-severity={problem.severity}>
              <IconAlertTriangle aria-hidden size={14} stroke={2} />
              <ProblemItem problem={problem} />
            </li>
          ))}
          {dismissed.map(({ problem, dismissal }, at) => (
            <Dismissed key={`d${at}`} problem={problem} reason={dismissal.reason} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function Count({ severity, count, words }: { severity: 'error' | 'warning'; count: number; words: string }) {
  if (count === 0) return <span className={classes.quiet}>{words}</span>;
  return (
    <span className={classes.chip} data-severity={severity}>
      <IconAlertTriangle aria-hidden size={13} stroke={2} />
      {words}
    </span>
  );
}

function Dismissed({ problem, reason }: { problem: Parameters<typeof ProblemItem>[0]['problem']; reason: string }) {
  const dismiss = useDismiss();
  return (
    <li className={classes.item}>
      <IconEyeOff aria-hidden size={14} stroke={1.75} />
      <span className={classes.go}>
        <span className={classes.number}>{problem.code}</span>
        <span className={classes.quiet}>{text.problems.because(reason)}</span>
      </span>
      <span className={classes.acts}>
        <UnstyledButton className={classes.actQuiet} onClick={() => dismiss.mutate({ problem, reason: null })}>
          {text.problems.restore}
        </UnstyledButton>
      </span>
    </li>
  );
}
