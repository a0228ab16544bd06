import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';

import { ApiFailure } from '@/api/client';
import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { Empty, Failed, Skeleton } from '@/components/States';
import { canvasText as text } from '@/text/editor-canvas';

import { CanvasUiProvider, createCanvasUi } from './canvas/ui';
import { EditorFrame } from './EditorPageFrame';
import { isRouteDocument, type RouteDocument } from './model';
import { routeQuery } from './queries';
import { EditorProvider } from './store';
import { SyncProvider } from './sync';
import { type Opened, openEditor } from './sync/open';
import { Crumbs } from './toolbar/Crumbs';
import classes from './EditorPage.module.css';

/** One route, opened for editing; loading, missing and failing are said here. */
export function EditorPage() {
  const gateway = useGatewayId();
  const { route: name = '' } = useParams({ strict: false }) as { route?: string };
  const route = useQuery(routeQuery(gateway, name));
  if (route.error instanceof ApiFailure && route.error.status === 404) return <Missing gateway={gateway} name={name} />;
  if (route.error && route.data === undefined) return <Failed error={route.error} onRetry={() => void route.refetch()} />;
  if (route.data === undefined) return <Loading name={name} />;
  const { id, name: known, elements } = route.data as unknown as { id: string; name: string; elements: unknown };
  return <OpenedRoute key={id} gateway={gateway} routeId={id} routeName={known} fallback={documentOf(elements)} />;
}

function documentOf(elements: unknown): RouteDocument | null {
  const document = { elements };
  return isRouteDocument(document) && document.elements.length > 0 ? document : null;
}

interface RouteProps {
  gateway: string;
  routeId: string;
  routeName: string;
  fallback: RouteDocument | null;
}

function OpenedRoute({ gateway, routeId, routeName, fallback }: RouteProps) {
  const canEdit = useMay('editor');
  const [opened, setOpened] = useState<Opened>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setError(undefined);
    openEditor({ gateway, routeId, routeName, fallback, canEdit }).then(
      (result) => isCurrent && setOpened(result),
      (cause: unknown) => isCurrent && setError(cause),
    );
    return () => {
      isCurrent = false;
    };
    // What is live may change while the route is open; the draft that was opened stays.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [gateway, routeId, canEdit, attempt]);
  if (error !== undefined) return <Failed error={error} onRetry={() => setAttempt(attempt + 1)} />;
  if (opened === undefined) return <Loading name={routeName} />;
  return <Editor opened={opened} canEdit={canEdit} />;
}

function Editor({ opened, canEdit }: { opened: Opened; canEdit: boolean }) {
  const { store, sync, unreadable } = opened;
  const [ui] = useState(createCanvasUi);
  useEffect(() => sync.start(), [sync]);
  // The top bar stands outside of these providers.
  const crumbs = useMemo(
    () => (
      <EditorProvider value={store}>
        <SyncProvider value={sync}>
          <Crumbs />
        </SyncProvider>
      </EditorProvider>
    ),
    [store, sync],
  );
  useCrumbs(crumbs, true);
  return (
    <EditorProvider value={store}>
      <SyncProvider value={sync}>
        <CanvasUiProvider value={ui}>
          <EditorFrame canEdit={canEdit} unreadable={unreadable} />
        </CanvasUiProvider>
      </SyncProvider>
    </EditorProvider>
  );
}

function Loading({ name }: { name: string }) {
  useCrumbs(<span>{name}</span>, true);
  return (
    <div className={classes.loading} role="status" aria-label={name}>
      <Skeleton height={30} width={420} />
      <div className={classes.loadingFlow}>
        <Skeleton height={40} width={240} style={{ borderRadius: 20 }} />
        <Skeleton height={70} width={240} style={{ borderRadius: 10 }} />
        <Skeleton height={82} width={240} style={{ borderRadius: 10 }} />
      </div>
    </div>
  );
}

function Missing({ gateway, name }: { gateway: string; name: string }) {
  return (
    <Empty
      title={text.page.noRoute(name)}
      text={text.page.noRouteText}
      action={
        <Button component={Link} to={`/g/${gateway}/routes` as string}>
          {text.page.toRoutes}
        </Button>
      }
    />
  );
}
