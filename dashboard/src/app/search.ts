import { onDemand } from '@/components/on-demand';
import { toast } from '@/components/toast';
import { states } from '@/text/shell';

/** Ctrl/Cmd+K: its code comes with the first use. */
export const search = onDemand(() => import('./Search').then(({ Search, open }) => ({ Part: Search, handle: open })));

export function openSearch(): void {
  search
    .use()
    .then((open) => open())
    .catch(() => toast(states.notFetched, { kind: 'failed' }));
}
