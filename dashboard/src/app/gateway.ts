/** The gateway that the address names, with its settings. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';

import { api, call } from '@/api/client';

/** The one account of this installation. */
export const ACCOUNT = 'default';

export const gatewaysQuery = queryOptions({
  queryKey: ['gateways'],
  queryFn: () => call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways', { params: { path: { account: ACCOUNT } } })),
  staleTime: 30_000,
});

export function gatewayQuery(gateway: string) {
  return queryOptions({
    queryKey: ['gateway', gateway],
    queryFn: () =>
      call(api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}', { params: { path: { account: ACCOUNT, gateway } } })),
    staleTime: 30_000,
  });
}

/** Id of the gateway in the address. */
export function useGatewayId(): string {
  const { gw } = useParams({ strict: false }) as { gw?: string };
  return gw ?? 'default';
}

/** The zone in which this gateway's times are shown and its calendar windows run. */
export function useTimeZone(): string {
  const { data } = useQuery(gatewayQuery(useGatewayId()));
  const waypost = (data as { waypost?: { time_zone?: string } } | undefined)?.waypost;
  return waypost?.time_zone ?? 'UTC';
}
