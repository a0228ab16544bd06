import { Anchor, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, type ErrorComponentProps } from '@tanstack/react-router';

import { ApiFailure } from '@/api/client';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { shell } from '@/text/shell';

import { gatewayQuery, useGatewayId } from './gateway';

export function PagePending() {
  return <SkeletonRows />;
}

/** The pages of one gateway; a gateway that does not exist is said once, not by each of their panels. */
export function GatewayOutlet() {
  const name = useGatewayId();
  const { error } = useQuery(gatewayQuery(name));
  if (error instanceof ApiFailure && error.status === 404) return <Missing title={shell.notFound.gateway(name)} />;
  return <Outlet />;
}

export function NotFound() {
  return <Missing title={shell.notFound.title} />;
}

function Missing({ title }: { title: string }) {
  return (
    <Empty
      title={title}
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
