import { Button, Paper } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { Page } from '@/components/PageHead';
import { ReadOnlyNote } from '@/components/ReadOnlyNote';
import { Empty, Failed, Refreshing, SkeletonRows } from '@/components/States';
import type { RouteDocument } from '@/features/route-editor/model';
import { summaryQuery } from '@/features/routes/queries';
import classes from '@/features/routes/routes.module.css';
import { curlOf, RoutesTable } from '@/features/routes/RoutesTable';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { routesText as text } from '@/text/routes';

/** Templates and their pictures are fetched when somebody makes a route. */
const NewRouteDialog = lazy(() => import('@/features/routes/NewRouteDialog').then((module) => ({ default: module.NewRouteDialog })));

export default function Routes() {
  const gateway = useGatewayId();
  const mayEdit = useMay('editor');
  const [search, setSearch] = useUrlState();
  const [copyOf, setCopyOf] = useState<{ name: string; document: RouteDocument }>();
  const { data, isPending, error, refetch, isFetching } = useQuery(summaryQuery(gateway));
  useCrumbs(text.title);
  useReady(!isPending);
  const isOpen = mayEdit && (search.new !== undefined || copyOf !== undefined);
  // It stays once it was needed: a dialog that closes gives the focus back.
  const [wasOpened, setOpened] = useState(isOpen);
  if (isOpen && !wasOpened) setOpened(true);
  const open = (start = 'smart-route') => setSearch({ new: start }, { replace: false });
  return (
    <Page
      title={text.title}
      hint={data ? text.hint(data.length) : undefined}
      actions={
        data && data.length > 0 ? (
          <Button variant="filled" leftSection={<IconPlus size={15} stroke={2} />} disabled={!mayEdit} onClick={() => open()} data-tour="new-route">
            {text.newRoute}
          </Button>
        ) : null
      }
    >
      <ReadOnlyNote needs="editor" />
      <Paper style={{ position: 'relative' }}>
        <Refreshing when={isFetching && !isPending} />
        {isPending ? <SkeletonRows rows={5} /> : null}
        {error && !data ? <Failed error={error} onRetry={() => void refetch()} /> : null}
        {data?.length === 0 ? (
          <Empty
            title={text.emptyTitle}
            text={text.emptyText}
            action={
              <Button variant="filled" disabled={!mayEdit} onClick={() => open()} data-tour="new-route">
                {text.emptyTemplate}
              </Button>
            }
          >
            <pre className={classes.example} aria-label={text.exampleLabel}>
              {curlOf(gateway, 'smart-route')}
            </pre>
          </Empty>
        ) : null}
        {data && data.length > 0 ? <RoutesTable gateway={gateway} routes={data} mayEdit={mayEdit} onDuplicate={setCopyOf} /> : null}
      </Paper>
      <Suspense fallback={null}>
        {wasOpened ? (
          <NewRouteDialog
            gateway={gateway}
            opened={isOpen}
            start={search.new}
            copyOf={copyOf}
            onClose={() => {
              setCopyOf(undefined);
              setSearch({ new: undefined });
            }}
          />
        ) : null}
      </Suspense>
    </Page>
  );
}
