import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { EVERY_MS } from '@/app/queries';

export type ApiKey = components['schemas']['ApiKeyView'];
export type NewApiKey = components['schemas']['NewApiKey'];

export function apiKeysQuery(gateway: string) {
  return queryOptions({
    queryKey: ['api-keys', gateway],
    queryFn: ({ signal }) => call(api.GET('/api/keys', { params: { query: { gateway, per_page: 100 } as never }, signal })),
    refetchInterval: EVERY_MS.slow,
  });
}

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => call(api.POST('/api/keys', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}

export function useChangeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: NewApiKey & { id: string }) => call(api.PATCH('/api/keys/{id}', { params: { path: { id } }, body: body as never })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call(api.DELETE('/api/keys/{id}', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}
