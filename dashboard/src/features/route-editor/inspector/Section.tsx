import { Collapse, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';

import classes from './inspector.module.css';

export function Section({ title, aside, children }: { title?: ReactNode; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section}>
      {title === undefined ? null : (
        <div className={classes.sectionHead}>
          <h3>{title}</h3>
          {aside}
        </div>
      )}
      <div className={classes.fields}>{children}</div>
    </section>
  );
}

/** What is rarely changed, folded away under the names of what is in it. */
export function More({ label, isOpen = false, children }: { label: string; isOpen?: boolean; children: ReactNode }) {
  const [opened, setOpened] = useState(isOpen);
  const id = useId();
  return (
    <>
      <UnstyledButton className={classes.more} aria-expanded={opened} aria-controls={id} onClick={() => setOpened(!opened)} data-more>
        <IconChevronRight aria-hidden size={14} stroke={1.75} />
        {label}
      </UnstyledButton>
      <Collapse expanded={opened} id={id} transitionDuration={120}>
        <div className={classes.fields}>{children}</div>
      </Collapse>
    </>
  );
}
