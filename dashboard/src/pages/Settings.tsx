import { Button, FileButton, Group, Paper, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useRef, useState } from 'react';

import { api, call } from '@/api/client';
import { useCrumbs } from '@/app/crumbs';
import { ACCOUNT, gatewayQuery, useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { confirm } from '@/components/confirm';
import { Page } from '@/components/PageHead';
import { ReadOnlyNote } from '@/components/ReadOnlyNote';
import { Failed, SkeletonRows } from '@/components/States';
import { toast } from '@/components/toast';
import { exported, type ImportFile } from '@/features/settings/configuration';
import { type Gateway, useDemo } from '@/features/settings/queries';
import { Authentication, General, Logging, Retries, Timeouts, UnknownPrices } from '@/features/settings/sections';
import classes from '@/features/settings/settings.module.css';
import { useReady } from '@/lib/ready';
import { settingsText as text } from '@/text/settings';

const ImportDialog = lazy(() => import('@/features/settings/ImportDialog'));

export default function Settings() {
  const id = useGatewayId();
  const mayChange = useMay('admin');
  const { data, isPending, error, refetch } = useQuery(gatewayQuery(id));
  useCrumbs(text.title);
  useReady(!isPending);
  if (isPending) return <SkeletonRows />;
  if (error && !data) return <Failed error={error} onRetry={() => void refetch()} />;
  const gateway = data as Gateway;
  const parts = { gateway, mayChange };
  return (
    <Page title={text.title}>
      <Stack gap={12} className={classes.page}>
        <ReadOnlyNote needs="admin" />
        <General {...parts} />
        <Authentication {...parts} />
        <Logging {...parts} />
        <Retries {...parts} />
        <Timeouts {...parts} />
        <UnknownPrices {...parts} />
        <Transfer id={id} mayChange={mayChange} />
        <Demo id={id} mayChange={mayChange} />
        <Danger gateway={gateway} mayChange={mayChange} />
      </Stack>
    </Page>
  );
}

function Part({ title, hint, children }: { title: string; hint: string; children: React.ReactNode }) {
  return (
    <Paper component="section" p={16} aria-label={title}>
      <h2 className={classes.title}>{title}</h2>
      <p className={classes.hint}>{hint}</p>
      {children}
    </Paper>
  );
}

const fail = (cause: unknown) => toast(cause instanceof Error ? cause.message : String(cause), { kind: 'failed' });

function Demo({ id, mayChange }: { id: string; mayChange: boolean }) {
  const demo = useDemo(id);
  return (
    <Part title={text.demo.title} hint={text.demo.hint}>
      <Group gap="xs">
        <Button disabled={!mayChange} loading={demo.isPending} onClick={() => demo.mutate('add', { onSuccess: (added) => toast(text.demo.added((added as { requests: number }).requests)), onError: fail })}>
          {text.demo.add}
        </Button>
        <Button disabled={!mayChange} onClick={() => demo.mutate('remove', { onSuccess: () => toast(text.demo.removed), onError: fail })}>
          {text.demo.remove}
        </Button>
      </Group>
    </Part>
  );
}

function Transfer({ id, mayChange }: { id: string; mayChange: boolean }) {
  const [file, setFile] = useState<ImportFile>();
  const [isOpen, setOpen] = useState(false);
  const reset = useRef<() => void>(null);
  const save = async () => {
    const address = URL.createObjectURL(new Blob([await exported(id)], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `${id}.json`;
    link.click();
    URL.revokeObjectURL(address);
  };
  const read = async (chosen: File | null) => {
    if (!chosen) return;
    try {
      setFile({ id: crypto.randomUUID(), name: chosen.name, configuration: JSON.parse(await chosen.text()) });
      setOpen(true);
    } catch (cause) {
      toast(text.transfer.notJson(chosen.name, cause instanceof Error ? cause.message : String(cause)), { kind: 'failed' });
    }
    // The same file can be chosen again once it was corrected.
    reset.current?.();
  };
  return (
    <Part title={text.transfer.title} hint={text.transfer.hint}>
      <Group gap="xs">
        <Button onClick={() => void save().catch(fail)}>{text.transfer.export}</Button>
        <FileButton accept="application/json,.json" resetRef={reset} disabled={!mayChange} onChange={(chosen) => void read(chosen)}>
          {(props) => (
            <Button {...props} disabled={!mayChange}>
              {text.transfer.import}
            </Button>
          )}
        </FileButton>
      </Group>
      <Suspense fallback={null}>{file ? <ImportDialog gateway={id} file={file} opened={isOpen} onClose={() => setOpen(false)} /> : null}</Suspense>
    </Part>
  );
}

function Danger({ gateway, mayChange }: { gateway: Gateway; mayChange: boolean }) {
  const { id, is_default: isDefault } = gateway as unknown as { id: string; is_default: boolean };
  const navigate = useNavigate();
  const client = useQueryClient();
  const ask = () =>
    confirm({
      title: text.danger.removeTitle(id),
      children: text.danger.hint,
      name: id,
      action: text.danger.remove,
      onConfirm: async () => {
        await call(api.DELETE('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}', { params: { path: { account: ACCOUNT, gateway: id } } }));
        toast(text.danger.removed(id));
        await client.invalidateQueries({ queryKey: ['gateways'] });
        await navigate({ to: '/' });
      },
    });
  return (
    <Part title={text.danger.title} hint={isDefault ? text.danger.last : text.danger.hint}>
      <Button color="red" variant="outline" disabled={!mayChange || isDefault} onClick={ask}>
        {text.danger.remove}
      </Button>
    </Part>
  );
}
