import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';

import { api, call } from '@/api/client';
import type { components } from '@/api/schema';
import { useGatewayId } from '@/app/gateway';
import { EVERY_MS } from '@/app/queries';

export type StepId = components['schemas']['Step'];
export type GetStarted = components['schemas']['GetStartedView'];

const PATH = '/api/gateways/{gateway}/get-started';

function isOver(state: GetStarted | undefined): boolean {
  return Boolean(state && (state.dismissed || state.steps.every((step) => step.done)));
}

/** Asked every two seconds while it is on screen and not finished, so that a step ticks while one looks at it. */
export function getStartedQuery(gateway: string) {
  return queryOptions({
    queryKey: ['get-started', gateway],
    queryFn: ({ signal }) => call(api.GET(PATH, { params: { path: { gateway } }, signal })),
    refetchInterval: (query) => (isOver(query.state.data) || query.state.status === 'error' ? false : EVERY_MS.live),
    staleTime: 1_000,
  });
}

export function useGetStarted() {
  return useQuery(getStartedQuery(useGatewayId()));
}

/** Puts a step on record, or closes the list. */
function useNote() {
  const gateway = useGatewayId();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (note: { step: StepId } | { dismissed: boolean }) => call(api.POST(PATH, { params: { path: { gateway } }, body: note })),
    onSuccess: (state) => client.setQueryData(getStartedQuery(gateway).queryKey, state),
  });
}

export function useDismiss(): () => void {
  const { mutate } = useNote();
  return useCallback(() => mutate({ dismissed: true }), [mutate]);
}

const ticked = new Set<string>();

/**
 * A function to call when somebody has done this step. It says so to the gateway once, and quietly: a failure here is no
 * failure of what was done.
 */
export function useTickStep(step: StepId): () => void {
  const gateway = useGatewayId();
  const { mutate } = useNote();
  const client = useQueryClient();
  return useCallback(() => {
    const key = `${gateway} ${step}`;
    const known = client.getQueryData(getStartedQuery(gateway).queryKey);
    if (ticked.has(key) || known?.steps.some((one) => one.id === step && one.done)) return;
    ticked.add(key);
    mutate({ step }, { onError: () => ticked.delete(key) });
  }, [gateway, step, mutate, client]);
}
