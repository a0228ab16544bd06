import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { ACCOUNT } from '@/app/gateway';

export type Gateway = components['schemas']['GatewayView'];

export interface Waypost {
  time_zone: string;
  exhausted_status: number;
  unknown_price: 'block' | 'flat' | 'allow';
  flat_cost_usd?: number | null;
  request_timeout_ms: number | null;
  payloads: { store: boolean; max_bytes: number; retention_days: number };
  [other: string]: unknown;
}

export const waypostOf = (gateway: Gateway): Waypost => (gateway as unknown as { waypost: Waypost }).waypost;

/** What PUT does not take back: the gateway's identity and what the server alone knows. */
const READ_ONLY = ['id', 'account_id', 'account_tag', 'internal_id', 'is_default', 'wholesale', 'created_at', 'modified_at'];

/** Changes some settings; everything else is sent back as it was read. */
export function useSaveSettings(gateway: Gateway) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Record<string, unknown>) => {
      const rest = Object.fromEntries(Object.entries(gateway).filter(([name]) => !READ_ONLY.includes(name)));
      return call(
        api.PUT('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}', {
          params: { path: { account: ACCOUNT, gateway: (gateway as { id: string }).id } },
          body: { ...rest, ...change } as never,
        }),
      );
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['gateway'] }),
  });
}

export function useDemo(gateway: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wanted: 'add' | 'remove'): Promise<unknown> =>
      wanted === 'add'
        ? call(api.POST('/api/gateways/{gateway}/demo', { params: { path: { gateway } } }))
        : call(api.DELETE('/api/gateways/{gateway}/demo', { params: { path: { gateway } } })),
    onSuccess: () => client.invalidateQueries(),
  });
}
