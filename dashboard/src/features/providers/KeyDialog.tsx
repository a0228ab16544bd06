import { Alert, Button, Group, Modal, PasswordInput, Stack, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';

import { useFocusBack } from '@/components/focus-back';
import { toast } from '@/components/toast';
import { providersText } from '@/text/providers';

import { type Provider, type StoredKey, testKey, useSaveKey } from './queries';

const text = providersText.keyDialog;

interface KeyDialogProps {
  gateway: string;
  provider: Provider | undefined;
  /** The key that is replaced; without it one is added. */
  stored?: StoredKey | undefined;
  onClose: () => void;
}

/** A key is tested before it is saved; what the provider rejects is only saved when somebody insists. */
export function KeyDialog(props: KeyDialogProps) {
  const { provider, stored, onClose } = props;
  useFocusBack(provider !== undefined);
  const title = provider ? (stored ? text.titleRotate(provider.name) : text.titleNew(provider.name)) : '';
  return (
    <Modal opened={provider !== undefined} onClose={onClose} title={title} size={480}>
      {provider ? <Form {...props} provider={provider} /> : null}
    </Modal>
  );
}

function Form({ gateway, provider, stored, onClose }: KeyDialogProps & { provider: Provider }) {
  const [alias, setAlias] = useState(stored?.alias ?? (provider.keys.length === 0 ? 'default' : ''));
  const [secret, setSecret] = useState('');
  const [isDefault, setDefault] = useState(provider.keys.length === 0);
  const [rejection, setRejection] = useState<string>();
  const [isTesting, setTesting] = useState(false);
  const save = useSaveKey(gateway);
  const store = () =>
    save.mutate(
      { id: stored?.id, provider: provider.slug, alias, secret, isDefault },
      {
        onSuccess: () => {
          toast(text.saved);
          onClose();
        },
      },
    );
  const submit = async () => {
    setTesting(true);
    setRejection(undefined);
    try {
      const tested = await testKey(gateway, { provider_slug: provider.slug, secret });
      if (tested.result === 'works' || tested.result === 'not_checkable') store();
      else setRejection(text.rejected(tested.message || providersText.tested[tested.result]));
    } catch (cause) {
      setRejection(cause instanceof Error ? cause.message : String(cause));
    } finally {
      setTesting(false);
    }
  };
  return (
    <form
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (secret && alias) void submit();
      }}
    >
      <Stack gap="sm">
        {stored ? null : <TextInput label={text.alias} description={text.aliasHint} value={alias} maxLength={64} onChange={(event) => setAlias(event.currentTarget.value)} />}
        <PasswordInput label={text.secret} description={text.secretHint} autoComplete="off" data-1p-ignore data-autofocus value={secret} onChange={(event) => setSecret(event.currentTarget.value)} />
        {stored ? null : <Switch label={text.isDefault} checked={isDefault} onChange={(event) => setDefault(event.currentTarget.checked)} />}
        {rejection ?? save.error ? (
          <Alert color="red" role="alert">
            {rejection ?? save.error?.message}
          </Alert>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={onClose}>
            {text.cancel}
          </Button>
          {rejection ? (
            <Button type="button" loading={save.isPending} onClick={store}>
              {text.saveAnyway}
            </Button>
          ) : null}
          <Button type="submit" variant="filled" disabled={!secret || !alias} loading={isTesting || save.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
