import { useQuery } from '@tanstack/react-query';

import { useGatewayId } from '@/app/gateway';
import { summaryQuery } from '@/features/routes/queries';
import { endpoint as text } from '@/text/overview';

import type { CallSource } from './snippets';

/** A call that works as it stands, with the address of this gateway: of a route once one is live. */
export function useCallSource(): CallSource {
  const gateway = useGatewayId();
  const { data: routes } = useQuery(summaryQuery(gateway));
  const live = routes?.filter((route) => route.live_version) ?? [];
  const route = live.find(({ name }) => name === 'smart-route') ?? live[0];
  return { origin: window.location.origin, gateway, model: route ? `dynamic/${route.name}` : 'mock/small', comment: text.printed };
}
