import { useQuery } from '@tanstack/react-query';

import { ApiFailure } from '@/api/client';
import { logQuery } from '@/features/logs/queries';
import type { LogDetail } from '@/features/logs/row';

const TRIES = 7;
const BETWEEN_MS = 350;

/** The row of an answer that has ended: it is stored a moment later. */
export function useLogRow(gateway: string, id: string | undefined, hasEnded: boolean): { row: LogDetail | undefined; isMissing: boolean } {
  const query = useQuery({
    ...logQuery(gateway, id ?? ''),
    enabled: hasEnded && id !== undefined,
    retry: (failures, error) => failures < TRIES && error instanceof ApiFailure && (error.status === 404 || error.isUnreachable),
    retryDelay: BETWEEN_MS,
  });
  return { row: query.data, isMissing: query.isError };
}
