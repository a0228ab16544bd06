import { Button } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';

import { logsText as text } from '@/text/logs';

import classes from './Pager.module.css';
import { ROWS_PER_PAGE } from './queries';

export function Pager({ page, total, onPage }: { page: number; total: number; onPage: (page: number) => void }) {
  const pages = Math.ceil(total / ROWS_PER_PAGE);
  const from = (page - 1) * ROWS_PER_PAGE + 1;
  return (
    <nav className={classes.pager} aria-label={text.pager.page(page, pages)}>
      <span>{text.pager.rows(from, Math.min(total, from + ROWS_PER_PAGE - 1), total)}</span>
      <span className={classes.grow} />
      <Button size="compact-xs" leftSection={<IconChevronLeft size={14} stroke={1.75} />} disabled={page <= 1} onClick={() => onPage(page - 1)}>
        {text.pager.newer}
      </Button>
      <Button size="compact-xs" rightSection={<IconChevronRight size={14} stroke={1.75} />} disabled={page >= pages} onClick={() => onPage(page + 1)}>
        {text.pager.older}
      </Button>
    </nav>
  );
}
