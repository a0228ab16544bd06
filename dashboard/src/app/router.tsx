import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import type { QueryClient } from '@tanstack/react-query';

import { parseSearch, stringifySearch, type UrlState } from '@/lib/url-state';

import { gatewaysQuery } from './gateway';
import { GatewayOutlet, NotFound, PageError, PagePending } from './PageStates';
import { queryClient } from './queries';
import { sessionQuery } from './session';

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: PageError,
  validateSearch: (search: Record<string, unknown>) => search as UrlState,
});

const setup = createRoute({ getParentRoute: () => root, path: '/setup', component: lazyRouteComponent(() => import('@/pages/Setup')) });

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: lazyRouteComponent(() => import('@/pages/SignIn')) });

/** Everything that needs somebody signed in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: lazyRouteComponent(() => import('./Shell')),
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session.signed_in) {
      throw redirect({ to: session.setup_required ? '/setup' : '/sign-in', search: { then: location.href } as never });
    }
  },
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: async ({ context }) => {
    const gateways = await context.queryClient.ensureQueryData(gatewaysQuery);
    const names = (gateways as { id: string }[]).map((gateway) => gateway.id);
    throw redirect({ to: '/g/$gw', params: { gw: names.includes('default') ? 'default' : (names[0] ?? 'default') } });
  },
});

const gateway = createRoute({ getParentRoute: () => inside, path: '/g/$gw', component: GatewayOutlet });

/** One page under a gateway; its code is loaded when it is opened. */
const overview = createRoute({ getParentRoute: () => gateway, path: '/', component: lazyRouteComponent(() => import('@/pages/Overview')) });
const playground = createRoute({ getParentRoute: () => gateway, path: '/playground', component: lazyRouteComponent(() => import('@/pages/Playground')) });
const routes = createRoute({ getParentRoute: () => gateway, path: '/routes', component: lazyRouteComponent(() => import('@/pages/Routes')) });
const editor = createRoute({ getParentRoute: () => gateway, path: '/routes/$route', component: lazyRouteComponent(() => import('@/pages/RouteEditor')) });
const logs = createRoute({ getParentRoute: () => gateway, path: '/logs', component: lazyRouteComponent(() => import('@/pages/Logs')) });
const log = createRoute({ getParentRoute: () => gateway, path: '/logs/$log', component: lazyRouteComponent(() => import('@/pages/LogPage')) });
const analytics = createRoute({ getParentRoute: () => gateway, path: '/analytics', component: lazyRouteComponent(() => import('@/pages/Analytics')) });
const providers = createRoute({ getParentRoute: () => gateway, path: '/providers', component: lazyRouteComponent(() => import('@/pages/Providers')) });
const keys = createRoute({ getParentRoute: () => gateway, path: '/keys', component: lazyRouteComponent(() => import('@/pages/ApiKeys')) });
const settings = createRoute({ getParentRoute: () => gateway, path: '/settings', component: lazyRouteComponent(() => import('@/pages/Settings')) });
const errors = createRoute({ getParentRoute: () => inside, path: '/docs/errors', component: lazyRouteComponent(() => import('@/pages/Errors')) });
const audit = createRoute({ getParentRoute: () => inside, path: '/audit', component: lazyRouteComponent(() => import('@/pages/Audit')) });

const tree = root.addChildren([
  setup,
  signIn,
  inside.addChildren([
    home,
    audit,
    errors,
    gateway.addChildren([overview, playground, routes, editor, logs, log, analytics, providers, keys, settings]),
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  context: { queryClient },
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageError,
  defaultPendingMs: 150,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
