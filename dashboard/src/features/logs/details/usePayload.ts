import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { payload, payloadStart, type Payload } from '../queries';
import type { LogDetail } from '../row';

/** As much of a body as is shown at once. */
export const SHOWN_BYTES = 64 * 1_024;

export interface ShownPayload {
  data: Payload | null | undefined;
  isPending: boolean;
  error: unknown;
  refetch: () => void;
  /** More was stored than is here. */
  hasMore: boolean;
  loadAll: () => void;
}

/** The beginning of a body; the rest when somebody asks. A small body came with the log itself. */
export function usePayload(gateway: string, log: LogDetail, side: 'request' | 'response'): ShownPayload {
  const [wantsAll, setWantsAll] = useState(false);
  const size = side === 'request' ? log.request_size : log.response_size;
  const head = (side === 'request' ? log.request_head : log.response_head) as string | undefined;
  const headIsAll = (side === 'request' ? log.request_head_complete : log.response_head_complete) === true && head !== undefined;
  const isStored = side === 'request' ? log.waypost.has_request : log.waypost.has_response;
  const contentType = (side === 'request' ? log.request_content_type : log.response_content_type) ?? null;
  const isLarge = size > SHOWN_BYTES;
  const query = useQuery({
    queryKey: ['payload', gateway, log.id, side, wantsAll || !isLarge],
    queryFn: ({ signal }) => (isLarge && !wantsAll ? payloadStart(gateway, log.id, side, SHOWN_BYTES, signal) : payload(gateway, log.id, side, signal)),
    enabled: isStored && !headIsAll,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  const common = { hasMore: isLarge && !wantsAll && isStored && !headIsAll, loadAll: () => setWantsAll(true), refetch: () => void query.refetch() };
  if (!isStored) return { ...common, data: null, isPending: false, error: undefined };
  if (headIsAll) return { ...common, data: { text: head, contentType, isComplete: true }, isPending: false, error: undefined };
  return { ...common, data: query.data, isPending: query.isPending, error: query.error };
}
