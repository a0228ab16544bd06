/** Dialogs that belong to no place on the screen: they are opened by a call. */
import type { ReactNode } from 'react';

import { states } from '@/text/shell';

import { onDemand } from './on-demand';
import { toast } from './toast';

interface DialogOptions {
  title: string;
  content: (close: () => void) => ReactNode;
}

export const dialogs = onDemand(() => import('./dialogs-host').then(({ Part, open }) => ({ Part, handle: open })));

/** Opens a dialog on top of whatever is there. */
export function openDialog(options: DialogOptions): void {
  dialogs
    .use()
    .then((open) => open(options))
    .catch(() => toast(states.notFetched, { kind: 'failed' }));
}
