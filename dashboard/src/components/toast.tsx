import { Anchor } from '@mantine/core';
import { create } from 'zustand';

import { shell } from '@/text/shell';

import { onDemand } from './on-demand';

/** What shows them; until something has to be said it is not there. */
export const notices = onDemand(() => import('./notices-host').then(({ Part, notifications }) => ({ Part, handle: notifications })));

interface Toast {
  id: string;
  at: number;
  title: string;
  text?: string | undefined;
  kind: 'done' | 'failed';
}

/** What was said in this session; the bell lists it. */
export const useToasts = create<{ said: Toast[]; unread: number; read: () => void }>((set) => ({
  said: [],
  unread: 0,
  read: () => set({ unread: 0 }),
}));

const KEPT_MAX = 50;

interface ToastOptions {
  text?: string;
  kind?: 'done' | 'failed';
  /** One way on or back: "Undo", "Roll back". */
  action?: { label: string; run: () => void };
}

/** Says that something was done or failed: at least 6 s, paused under the pointer, and kept under the bell. */
export function toast(title: string, { text, kind = 'done', action }: ToastOptions = {}): void {
  const id = crypto.randomUUID();
  useToasts.setState((state) => ({
    said: [{ id, at: Date.now(), title, text, kind }, ...state.said].slice(0, KEPT_MAX),
    unread: state.unread + 1,
  }));
  void notices
    .use()
    .then((notifications) =>
      notifications.show({
        id,
        title,
        message: <Message text={text} action={action && { ...action, hide: () => notifications.hide(id) }} />,
        color: kind === 'failed' ? 'red' : 'spruce',
        withBorder: true,
        closeButtonProps: { 'aria-label': shell.help.close },
        autoClose: kind === 'failed' ? 20_000 : 10_000,
        role: kind === 'failed' ? 'alert' : 'status',
      }),
    )
    // Where it cannot be shown now, the bell has it.
    .catch(() => undefined);
}

function Message({ text, action }: { text: string | undefined; action: { label: string; run: () => void; hide: () => void } | undefined }) {
  if (!action) return text;
  return (
    <>
      {text}
      {text ? ' ' : null}
      <Anchor
        component="button"
        type="button"
        fz="inherit"
        onClick={() => {
          action.hide();
          action.run();
        }}
      >
        {action.label}
      </Anchor>
    </>
  );
}
