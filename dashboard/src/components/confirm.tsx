import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';

import { states } from '@/text/shell';

import { openDialog } from './dialogs';

interface Confirmation {
  title: string;
  /** What breaks, by name. */
  children: ReactNode;
  /** What has to be typed; without it one click is enough. */
  name?: string;
  /** The words on the button. */
  action: string;
  onConfirm: () => Promise<unknown> | unknown;
}

/** Asks before something that cannot be undone. Focus starts on Cancel. */
export function confirm({ title, ...rest }: Confirmation): void {
  openDialog({ title, content: (close) => <Question {...rest} close={close} /> });
}

function Question({ children, name, action, onConfirm, close }: Omit<Confirmation, 'title'> & { close: () => void }) {
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const mayConfirm = name === undefined || typed === name;
  const run = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      close();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (mayConfirm) void run();
      }}
    >
      <Stack gap="sm">
        <div>{children}</div>
        {name === undefined ? null : (
          <TextInput label={states.typeToConfirm(name)} value={typed} autoComplete="off" onChange={(event) => setTyped(event.currentTarget.value)} />
        )}
        {error ? (
          <Text role="alert" c="var(--wp-bad)" size="md">
            {error}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" data-autofocus onClick={close}>
            {states.cancel}
          </Button>
          <Button type="submit" variant="filled" color="red" disabled={!mayConfirm} loading={isBusy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
