import { Button, Group, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import { CopyButton } from '@/components/CopyButton';
import { useFocusBack } from '@/components/focus-back';
import { apiKeysText } from '@/text/api-keys';

import { bodyOf, EMPTY_KEY, formOf, type KeyForm, wrongPin } from './form';
import { type ApiKey, useChangeKey, useCreateKey } from './queries';

const text = apiKeysText.dialog;

interface KeyDialogProps {
  opened: boolean;
  onClose: () => void;
  /** The key to change; without it a new one is made. */
  apiKey?: ApiKey | undefined;
  gateway: string;
}

export function KeyDialog({ opened, onClose, apiKey, gateway }: KeyDialogProps) {
  const [secret, setSecret] = useState<string>();
  useFocusBack(opened);
  const close = () => {
    setSecret(undefined);
    onClose();
  };
  const title = secret ? apiKeysText.created.title : apiKey ? text.titleEdit(apiKey.label) : text.titleNew;
  return (
    // A key that is shown once is not lost by a click beside the dialog.
    <Modal opened={opened} onClose={close} title={title} size={520} closeOnClickOutside={!secret} closeOnEscape={!secret} withCloseButton={!secret}>
      {opened ? secret ? <ShownOnce secret={secret} onStored={close} /> : <Form apiKey={apiKey} gateway={gateway} onClose={close} onCreated={setSecret} /> : null}
    </Modal>
  );
}

function ShownOnce({ secret, onStored }: { secret: string; onStored: () => void }) {
  return (
    <Stack gap="sm">
      <div>{apiKeysText.created.text}</div>
      <code data-testid="new-key" style={{ padding: '10px 12px', background: 'var(--wp-code-bg)', borderRadius: 8, overflowWrap: 'anywhere' }}>
        {secret}
      </code>
      <Group justify="flex-end" gap="xs">
        <CopyButton text={secret} label={apiKeysText.created.copy} withText />
        <Button variant="filled" onClick={onStored}>
          {apiKeysText.created.stored}
        </Button>
      </Group>
    </Stack>
  );
}

function Form({ apiKey, gateway, onClose, onCreated }: Omit<KeyDialogProps, 'opened'> & { onCreated: (secret: string) => void }) {
  const [form, setForm] = useState<KeyForm>(apiKey ? formOf(apiKey) : EMPTY_KEY);
  const create = useCreateKey();
  const change = useChangeKey();
  const error = create.error ?? change.error;
  const set = (part: Partial<KeyForm>) => setForm({ ...form, ...part });
  const pinProblem = wrongPin(form.pinned);
  const submit = () => {
    if (apiKey) change.mutate({ id: apiKey.id, ...bodyOf(form) }, { onSuccess: onClose });
    else create.mutate({ ...bodyOf(form), gateway }, { onSuccess: (created) => onCreated((created as { key: string }).key) });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (form.label.trim() && !pinProblem) submit();
      }}
    >
      <Stack gap="sm">
        <TextInput label={text.label} placeholder={text.labelHint} value={form.label} maxLength={100} data-autofocus onChange={(event) => set({ label: event.currentTarget.value })} />
        <div>
          <Text size="sm" fw={500} c="var(--wp-text-2)" mb={5}>
            {text.preset}
          </Text>
          <SegmentedControl
            aria-label={text.preset}
            fullWidth
            value={form.preset}
            data={[
              { value: 'app', label: apiKeysText.presets.app },
              { value: 'backend', label: apiKeysText.presets.backend },
            ]}
            onChange={(preset) => set({ preset: preset as KeyForm['preset'] })}
          />
          {form.preset === 'custom' ? null : (
            <Text size="sm" c="dimmed" mt={4}>
              {apiKeysText.presetHints[form.preset]}
            </Text>
          )}
        </div>
        <Text component="h3" fz={13} fw={600} mt={4}>
          {text.restrict}
        </Text>
        <Textarea label={text.pinned} description={text.pinnedHint} autosize minRows={1} value={form.pinned} error={pinProblem ? text.pinnedWrong(pinProblem) : undefined} onChange={(event) => set({ pinned: event.currentTarget.value })} />
        <Textarea label={text.routes} description={text.routesHint} autosize minRows={1} value={form.routes} onChange={(event) => set({ routes: event.currentTarget.value })} />
        <Textarea label={text.models} description={text.modelsHint} autosize minRows={1} value={form.models} onChange={(event) => set({ models: event.currentTarget.value })} />
        <TextInput type="datetime-local" label={text.expires} value={form.expires} onChange={(event) => set({ expires: event.currentTarget.value })} />
        {error ? (
          <Text role="alert" c="var(--wp-bad)" size="md">
            {error.message}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={!form.label.trim() || pinProblem !== undefined} loading={create.isPending || change.isPending}>
            {apiKey ? text.save : text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
