import '@mantine/spotlight/styles.css';

import { Spotlight, spotlight } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { IconRoute, IconSearch } from '@tabler/icons-react';

import { api, call } from '@/api/client';
import { shell } from '@/text/shell';

import { ACCOUNT, useGatewayId } from './gateway';
import { AUDIT, NAV } from './nav';

export const { open } = spotlight;

/** As many as one call gives. */
const ROUTES_MAX = 100;

/** Every page, every route by name. */
export function Search() {
  const gw = useGatewayId();
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ['routes', gw, 'names'],
    queryFn: () =>
      call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/routes', {
          params: { path: { account: ACCOUNT, gateway: gw }, query: { per_page: ROUTES_MAX } as never },
        }),
      ),
    staleTime: 30_000,
  });
  const found = data as { routes?: { id: string; name: string }[] } | { id: string; name: string }[] | undefined;
  const routes = Array.isArray(found) ? found : (found?.routes ?? []);
  const pages = [...NAV, AUDIT].map((item) => ({
    id: item.to,
    label: item.label,
    leftSection: <item.icon size={18} stroke={1.75} />,
    onClick: () => void navigate({ to: item.to, params: { gw } as never }),
  }));
  const named = routes.map((route) => ({
    id: route.id,
    label: route.name,
    description: `dynamic/${route.name}`,
    leftSection: <IconRoute size={18} stroke={1.75} />,
    onClick: () => void navigate({ to: '/g/$gw/routes/$route', params: { gw, route: route.name } }),
  }));
  return (
    <Spotlight
      actions={[...named, ...pages]}
      // The frame listens for its keys, also while this is not there yet.
      shortcut={null}
      nothingFound={shell.searchEmpty}
      highlightQuery
      limit={12}
      searchProps={{ leftSection: <IconSearch size={16} />, placeholder: shell.search, 'aria-label': shell.search }}
    />
  );
}
