import { IconAlertTriangle } from '@tabler/icons-react';

import inspector from '../inspector/inspector.module.css';
import { Section } from '../inspector/Section';
import { useProblems } from './useProblems';
import { useFixes } from './fixes';
import { Marked } from './Marked';
import classes from './problems.module.css';
import { UnstyledButton } from '@mantine/core';

/** What is wrong with one node; errors of single fields stand at these fields. */
export function NodeProblems({ id }: { id: string }) {
  const { shown } = useProblems();
  const fixes = useFixes();
  const own = shown.filter((problem) => problem.node === id && (problem.severity === 'warning' || problem.field === null || problem.field.startsWith('outputs')));
  if (own.length === 0) return null;
  return (
    <Section>
      {own.map((problem, at) => (
        <div key={at} className={inspector.problem} data-severity={problem.severity}>
          <IconAlertTriangle aria-hidden size={14} stroke={2} />
          <span>
            <Marked text={problem.message} />{' '}
            {fixes(problem).map((fix) => (
              <UnstyledButton key={fix.label} className={classes.act} style={{ marginRight: 10 }} onClick={fix.run}>
                {fix.label}
              </UnstyledButton>
            ))}
          </span>
        </div>
      ))}
    </Section>
  );
}
