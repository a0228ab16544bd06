import { useQuery } from '@tanstack/react-query';

import { ApiFailure } from '@/api/client';
import { logQuery, readLog } from '@/features/logs/queries';
import type { LogDetail } from '@/features/logs/row';

const TRIES = 7;
/** A row is stored a moment after its answer has ended; asked for at once it would not be there. */
const STORED_AFTER_MS = 350;

/** The row of an answer that has ended. */
export function useLogRow(gateway: string, id: string | undefined, hasEnded: boolean): { row: LogDetail | undefined; isMissing: boolean } {
  const query = useQuery({
    ...logQuery(gateway, id ?? ''),
    queryFn: async ({ signal }) => {
      await new Promise((resolve) => setTimeout(resolve, STORED_AFTER_MS));
      signal.throwIfAborted();
      return readLog(gateway, id ?? '', signal);
    },
    enabled: hasEnded && id !== undefined,
    retry: (failures, error) => failures < TRIES && error instanceof ApiFailure && (error.status === 404 || error.isUnreachable),
    retryDelay: 0,
  });
  return { row: query.data, isMissing: query.isError };
}
