import { useMutation, useQueryClient } from '@tanstack/react-query';

import { toast } from '@/components/toast';
import { logsText } from '@/text/logs';

import { logQuery, sendFeedback } from '../queries';

type Change = Parameters<typeof sendFeedback>[2];

/** Sends feedback and shows it at once; what the server refuses is taken back and said. */
export function useFeedback(gateway: string, id: string) {
  const client = useQueryClient();
  const { queryKey } = logQuery(gateway, id);
  return useMutation({
    mutationFn: (change: Change) => sendFeedback(gateway, id, change),
    onMutate: (change) => {
      const before = client.getQueryData(queryKey);
      if (before && !change.metadata) client.setQueryData(queryKey, { ...before, ...change } as typeof before);
      return before;
    },
    onError: (error, _, before) => {
      client.setQueryData(queryKey, before);
      toast(logsText.details.tabs.feedback, { kind: 'failed', text: error.message });
    },
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}
