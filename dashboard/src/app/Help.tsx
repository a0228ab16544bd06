import { Anchor, Button, Modal, Stack, Switch } from '@mantine/core';

import { useFocusBack } from '@/components/focus-back';
import { startTour } from '@/features/get-started/tour-state';
import { shell } from '@/text/shell';

import { useShortcutState } from './shortcuts';
import classes from './Shell.module.css';

const NAMES: Record<string, string> = { mod: 'Ctrl', shift: 'Shift', alt: 'Alt', Enter: 'Enter', Escape: 'Esc' };

/** What the keys do on this screen. */
export function Help({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { scopes, lettersAreOn, setLetters } = useShortcutState();
  useFocusBack(opened);
  return (
    <Modal opened={opened} onClose={onClose} title={shell.help.title} size="md" closeButtonProps={{ 'aria-label': shell.help.close }}>
      <Stack gap="md">
        {[...scopes.values()].map((scope, index) => (
          <section key={`${scope.title}-${index}`}>
            <h2 style={{ marginBottom: 6 }}>{scope.title}</h2>
            <dl style={{ display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '4px 16px', margin: 0 }}>
              {scope.shortcuts.map((shortcut) => (
                <Row key={shortcut.keys} keys={shortcut.keys} label={shortcut.label} />
              ))}
            </dl>
          </section>
        ))}
        <Switch label={shell.help.letters} checked={lettersAreOn} onChange={(event) => setLetters(event.currentTarget.checked)} />
        <Button
          onClick={() => {
            startTour({ resume: true });
            onClose();
          }}
        >
          {shell.help.resumeTour}
        </Button>
        <Anchor href="/openapi.json" target="_blank" rel="noopener">
          {shell.help.api}
        </Anchor>
        <Anchor href="/docs/errors" target="_blank" rel="noopener">
          {shell.help.errors}
        </Anchor>
      </Stack>
    </Modal>
  );
}

function Row({ keys, label }: { keys: string; label: string }) {
  return (
    <>
      <dt>
        {keys.split(' ').map((key, index) => (
          <kbd key={index} className={classes.key} style={{ marginRight: 4 }}>
            {key
              .split('+')
              .map((part) => NAMES[part] ?? part.toUpperCase())
              .join(' ')}
          </kbd>
        ))}
      </dt>
      <dd style={{ margin: 0 }}>{label}</dd>
    </>
  );
}
