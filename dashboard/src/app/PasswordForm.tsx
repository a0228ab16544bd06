import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import { api, call } from '@/api/client';
import { openDialog } from '@/components/dialogs';
import { toast } from '@/components/toast';
import { password as text } from '@/text/password';

/** Changes the administrator's password; every other session ends. */
export function openPasswordForm(): void {
  openDialog({ title: text.title, content: (close) => <PasswordForm close={close} /> });
}

function PasswordForm({ close }: { close: () => void }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [error, setError] = useState<string>();
  const submit = async () => {
    try {
      await call(api.PUT('/api/session/password', { body: { current, new: next } }));
      close();
      toast(text.changed, { text: text.othersEnded });
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        <PasswordInput label={text.current} autoComplete="current-password" data-autofocus value={current} onChange={(event) => setCurrent(event.currentTarget.value)} />
        <PasswordInput label={text.next} autoComplete="new-password" description={text.rule} value={next} onChange={(event) => setNext(event.currentTarget.value)} />
        {error ? (
          <Text role="alert" c="var(--wp-bad)" size="md">
            {error}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={close}>
            {text.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={!current || !next}>
            {text.change}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
