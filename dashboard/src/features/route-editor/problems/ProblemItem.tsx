import { UnstyledButton } from '@mantine/core';

import { canvasText as text } from '@/text/editor-canvas';

import type { Problem } from '../model';
import { isReadOnly, useEditor, useEditorStore } from '../store';
import { askReason } from './dismiss';
import { useFixes } from './fixes';
import { Marked } from './Marked';
import classes from './problems.module.css';
import { useDismiss } from './useProblems';

/** A problem in one line: a click goes to its node and field; what can be mended is a click away. */
export function ProblemItem({ problem, isBrief = false }: { problem: Problem; isBrief?: boolean }) {
  const store = useEditorStore();
  const isStill = useEditor(isReadOnly);
  const dismiss = useDismiss();
  const fixes = useFixes()(problem);
  const go = () => {
    if (problem.node === null) return;
    store.getState().edit(problem.node, problem.field ?? 'first');
  };
  return (
    <>
      <UnstyledButton className={classes.go} onClick={go} data-problem={problem.code}>
        <span className={classes.number}>{problem.code}</span>
        <span className={classes.message}>
          <Marked text={problem.message} />
        </span>
      </UnstyledButton>
      {isStill ? null : (
        <span className={classes.acts}>
          {fixes.map((fix) => (
            <UnstyledButton key={fix.label} className={classes.act} onClick={fix.run}>
              {fix.label}
            </UnstyledButton>
          ))}
          {problem.severity === 'warning' && !isBrief ? (
            <UnstyledButton className={classes.actQuiet} onClick={() => askReason(problem, (reason) => dismiss.mutateAsync({ problem, reason }))}>
              {text.problems.dismiss}
            </UnstyledButton>
          ) : null}
        </span>
      )}
    </>
  );
}
