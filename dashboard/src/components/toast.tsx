import { Anchor } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { create } from 'zustand';

import { shell } from '@/text/shell';

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
  const message: ReactNode = (
    <>
      {text}
      {action ? (
        <>
          {text ? ' ' : null}
          <Anchor
            component="button"
            type="button"
            fz="inherit"
            onClick={() => {
              notifications.hide(id);
              action.run();
            }}
          >
            {action.label}
          </Anchor>
        </>
      ) : null}
    </>
  );
  notifications.show({
    id,
    title,
    message,
    color: kind === 'failed' ? 'red' : 'spruce',
    withBorder: true,
    closeButtonProps: { 'aria-label': shell.help.close },
    autoClose: kind === 'failed' ? 20_000 : 10_000,
    role: kind === 'failed' ? 'alert' : 'status',
  });
}
