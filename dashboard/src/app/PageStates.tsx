import { Anchor, Button } from '@mantine/core';
import { Link, type ErrorComponentProps } from '@tanstack/react-router';

import { ApiFailure } from '@/api/client';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { shell } from '@/text/shell';

export function PagePending() {
  return <SkeletonRows />;
}

export function NotFound() {
  return (
    <Empty
      title={shell.notFound.title}
      text={shell.notFound.text}
      action={
        <Anchor component={Link} to="/">
          {shell.notFound.home}
        </Anchor>
      }
    />
  );
}

export function PageError({ error, reset }: ErrorComponentProps) {
  if (error instanceof ApiFailure) return <Failed error={error} onRetry={reset} />;
  return <Empty title={shell.pageFailed.title} text={error instanceof Error ? error.message : String(error)} action={<Button onClick={reset}>{shell.pageFailed.again}</Button>} />;
}
