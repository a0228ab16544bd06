import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';

import { openDialog } from '@/components/dialogs';
import { canvasText as text } from '@/text/editor-canvas';

import type { Problem } from '../model';

/** Asks why a warning does not matter here. */
export function askReason(problem: Problem, onReason: (reason: string) => Promise<unknown>): void {
  openDialog({
    title: text.problems.dismissTitle(problem.code),
    content: (close) => <ReasonForm onReason={onReason} close={close} />,
  });
}

function ReasonForm({ onReason, close }: { onReason: (reason: string) => Promise<unknown>; close: () => void }) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const submit = async () => {
    try {
      await onReason(reason.trim());
      close();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (reason.trim() !== '') void submit();
      }}
    >
      <Stack gap="sm">
        <div>{text.problems.dismissText}</div>
        <TextInput data-autofocus label={text.problems.reason} maxLength={200} value={reason} error={error} onChange={(event) => setReason(event.currentTarget.value)} />
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={close}>
            {text.problems.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={reason.trim() === ''}>
            {text.problems.dismiss.replace('…', '')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
