import { Button, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';

import { ranges as text } from '@/text/shell';

/** Two moments, typed in UTC so that no daylight saving makes them ambiguous. */
export default function CustomRange({ onChoose }: { onChoose: (start: string, end: string) => void }) {
  const now = Date.now();
  const [start, setStart] = useState(new Date(now - 86_400_000).toISOString().slice(0, 16));
  const [end, setEnd] = useState(new Date(now).toISOString().slice(0, 16));
  const isOrdered = start < end;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isOrdered) onChoose(`${start}:00Z`, `${end}:00Z`);
      }}
    >
      <Stack gap="xs">
        <TextInput type="datetime-local" label={text.from} value={start} onChange={(event) => setStart(event.currentTarget.value)} />
        <TextInput
          type="datetime-local"
          label={text.to}
          value={end}
          error={isOrdered ? undefined : text.notOrdered}
          onChange={(event) => setEnd(event.currentTarget.value)}
        />
        <Button type="submit" variant="filled" disabled={!isOrdered}>
          {text.show}
        </Button>
      </Stack>
    </form>
  );
}
