import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';

import { states } from '@/text/shell';

/** Copies a text; says so in its name for a moment, so that screen readers hear it. */
export function CopyButton({ text, label, withText = false }: { text: string; label: string; withText?: boolean }) {
  const clipboard = useClipboard({ timeout: 1_500 });
  const icon = clipboard.copied ? <IconCheck size={15} stroke={1.75} /> : <IconCopy size={15} stroke={1.75} />;
  const name = clipboard.copied ? states.copied : label;
  if (withText) {
    return (
      <Button leftSection={icon} onClick={() => clipboard.copy(text)}>
        {name}
      </Button>
    );
  }
  return (
    <Tooltip label={name}>
      <ActionIcon aria-label={name} onClick={() => clipboard.copy(text)}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
