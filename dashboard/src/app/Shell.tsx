/** The frame around every page of somebody signed in. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';

import { dialogs } from '@/components/dialogs';
import { notices } from '@/components/toast';
import { useTour } from '@/features/get-started/tour-state';
import { afterReady } from '@/lib/ready';
import { shell } from '@/text/shell';

import { useCrumbState } from './crumbs';
import { useGatewayId } from './gateway';
import { useHealth } from './health';
import { Nav } from './Nav';
import { AUDIT, NAV } from './nav';
import { PagePending } from './PageStates';
import { openSearch, search } from './search';
import { sessionQuery } from './session';
import { onKeyDown, useShortcuts } from './shortcuts';
import classes from './Shell.module.css';
import { TopBar } from './TopBar';

const Help = lazy(() => import('./Help').then((module) => ({ default: module.Help })));
const Tour = lazy(() => import('@/features/get-started/Tour'));

export default function Shell() {
  const isTouring = useTour((state) => state.isOpen);
  const isRail = useCrumbState((state) => state.isRail);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useGlobalShortcuts(() => setHelpOpen(true));
  useFocusOnNewPage(main);
  usePrefetched();
  return (
    <div className={classes.frame} data-rail={isRail || undefined}>
      <a className={classes.skip} href="#main">
        {shell.skip}
      </a>
      <Nav isRail={isRail} />
      <TopBar onHelp={() => setHelpOpen(true)} />
      <Bars />
      <main ref={main} id="main" className={classes.main} tabIndex={-1}>
        <Suspense fallback={<PagePending />}>
          <Outlet />
        </Suspense>
      </main>
      <Suspense fallback={null}>{isHelpOpen ? <Help opened onClose={() => setHelpOpen(false)} /> : null}</Suspense>
      <search.Host />
      <Suspense fallback={null}>{isTouring ? <Tour /> : null}</Suspense>
    </div>
  );
}

/** What has to be said above the page: the API cannot be reached, or the session has ended. */
function Bars() {
  const { health, retryAtMs, tryNow } = useHealth();
  const { data: session } = useQuery(sessionQuery);
  const seconds = useCountdown(retryAtMs);
  if (health === 'offline') {
    return (
      <div className={classes.bar} role="alert">
        <span>{shell.offline.text(seconds)}</span>
        <Button size="compact-xs" onClick={tryNow}>
          {shell.offline.tryNow}
        </Button>
      </div>
    );
  }
  if (session && !session.signed_in) {
    return (
      <div className={classes.bar} role="alert">
        <span>{shell.signedOut.text}</span>
        <Button size="compact-xs" component={Link} to={'/sign-in' as string} search={{ then: window.location.pathname + window.location.search } as never}>
          {shell.signedOut.signIn}
        </Button>
      </div>
    );
  }
  return null;
}

function useCountdown(untilMs: number | null): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (untilMs === null) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [untilMs]);
  return untilMs === null ? 0 : Math.max(1, Math.ceil((untilMs - now) / 1_000));
}

function useGlobalShortcuts(openHelp: () => void) {
  const navigate = useNavigate();
  const gw = useGatewayId();
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  useShortcuts(shell.help.everywhere, [
    { keys: 'mod+k', label: shell.shortcuts.search, run: openSearch },
    { keys: '?', label: shell.shortcuts.help, run: openHelp },
    ...[...NAV, AUDIT].map((item) => ({
      keys: `g ${item.letter}`,
      label: shell.shortcuts.go(item.label),
      run: () => void navigate({ to: item.to, params: { gw } as never }),
    })),
  ]);
}

const QUIET_AFTER_MS = 2_000;

/** Once the page stands, what a first click would otherwise wait for is fetched: it is also needed to say that the server is away. */
function usePrefetched() {
  useEffect(() => afterReady(QUIET_AFTER_MS, () => [notices, dialogs, search].forEach((part) => part.prefetch())), []);
}

/** A new page begins at its top, and screen readers begin there too. */
function useFocusOnNewPage(main: React.RefObject<HTMLElement | null>) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path, main]);
}
