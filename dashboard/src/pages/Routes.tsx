import { Button, Paper } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { Page } from '@/components/PageHead';
import { Empty, Failed, Refreshing, SkeletonRows } from '@/components/States';
import type { RouteDocument } from '@/features/route-editor/model';
import { NewRouteDialog } from '@/features/routes/NewRouteDialog';
import { summaryQuery } from '@/features/routes/queries';
import classes from '@/features/routes/routes.module.css';
import { curlOf, RoutesTable } from '@/features/routes/RoutesTable';
import { useUrlState } from '@/lib/url-state';
import { routesText as text } from '@/text/routes';

export default function Routes() {
  const gateway = useGatewayId();
  const mayEdit = useMay('editor');
  const [search, setSearch] = useUrlState();
  const [copyOf, setCopyOf] = useState<{ name: string; document: RouteDocument }>();
  const { data, isPending, error, refetch, isFetching } = useQuery(summaryQuery(gateway));
  useCrumbs(text.title);
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
      <NewRouteDialog
        gateway={gateway}
        opened={search.new !== undefined || copyOf !== undefined}
        start={search.new}
        copyOf={copyOf}
        onClose={() => {
          setCopyOf(undefined);
          setSearch({ new: undefined });
        }}
      />
    </Page>
  );
}
