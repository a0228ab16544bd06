import { MantineProvider } from '@mantine/core';
import { fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Composer } from './Composer';
import { initialState } from './state';

vi.mock('@/components/ReadOnlyNote', () => ({ ReadOnlyNote: () => null }));

let now: number;
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

function composer() {
  const onSend = vi.fn();
  const shown = (isRunning: boolean) => (
    <MantineProvider env="test">
      <Composer state={{ ...initialState(), prompt: 'Hello' }} set={() => {}} isRunning={isRunning} blocked={undefined} onSend={onSend} onStop={() => {}} />
    </MantineProvider>
  );
  const { rerender } = render(shown(false));
  return { onSend, running: (isRunning: boolean) => rerender(shown(isRunning)), send: () => fireEvent.click(screen.getByRole('button', { name: 'Send' })) };
}

it('sends on a page that was opened a moment ago', () => {
  now = 120;
  const { onSend, send } = composer();
  send();
  expect(onSend).toHaveBeenCalledOnce();
});

it('does not send when the click was meant for Stop, which an answer has just taken away', () => {
  now = 60_000;
  const { onSend, running, send } = composer();
  running(true);
  running(false);
  now += 300;
  send();
  expect(onSend).not.toHaveBeenCalled();
  now += 300;
  send();
  expect(onSend).toHaveBeenCalledOnce();
});
