import { Alert, Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import { toast } from '@/components/toast';
import { providersText } from '@/text/providers';

import { useCreateProvider } from './queries';

const text = providersText.customDialog;

/** A provider of one's own that speaks OpenAI's chat format. */
export function CustomProviderDialog({ gateway, opened, onClose }: { gateway: string; opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={text.title} size={480}>
      {opened ? <Form gateway={gateway} onClose={onClose} /> : null}
    </Modal>
  );
}

function Form({ gateway, onClose }: { gateway: string; onClose: () => void }) {
  const [name, setName] = useState('');
  const [slug, setSlug] = useState('');
  const [hasTypedSlug, setTypedSlug] = useState(false);
  const [baseUrl, setBaseUrl] = useState('https://');
  const [headers, setHeaders] = useState('');
  const create = useCreateProvider(gateway);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(
          { name, slug, base_url: baseUrl, enable: true, ...(headers.trim() ? { headers } : {}) },
          {
            onSuccess: () => {
              toast(text.created(name));
              onClose();
            },
          },
        );
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={text.name}
          value={name}
          data-autofocus
          maxLength={100}
          onChange={(event) => {
            setName(event.currentTarget.value);
            if (!hasTypedSlug) setSlug(slugOf(event.currentTarget.value));
          }}
        />
        <TextInput
          label={text.slug}
          description={text.slugHint(slug)}
          value={slug}
          maxLength={64}
          onChange={(event) => {
            setSlug(event.currentTarget.value);
            setTypedSlug(true);
          }}
        />
        <TextInput label={text.baseUrl} description={text.baseUrlHint} value={baseUrl} onChange={(event) => setBaseUrl(event.currentTarget.value)} />
        <Textarea label={text.headers} autosize minRows={1} value={headers} onChange={(event) => setHeaders(event.currentTarget.value)} />
        {create.error ? (
          <Alert color="red" role="alert">
            {create.error.message}
          </Alert>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={!name || !slug} loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
