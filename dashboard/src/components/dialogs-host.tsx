import { modals, ModalsProvider } from '@mantine/modals';
import type { ReactNode } from 'react';

export function Part() {
  return <ModalsProvider />;
}

export function open({ title, content }: { title: string; content: (close: () => void) => ReactNode }): void {
  const id = modals.open({ title, children: content(() => modals.close(id)) });
}
