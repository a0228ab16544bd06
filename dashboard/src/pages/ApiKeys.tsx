import { ActionIcon, Button, Menu, Paper } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconDots, IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { api, call } from '@/api/client';
import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { confirm } from '@/components/confirm';
import { Page } from '@/components/PageHead';
import { ReadOnlyNote } from '@/components/ReadOnlyNote';
import { StackedTable, type StackedColumn } from '@/components/StackedTable';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import { KeyDialog } from '@/features/api-keys/KeyDialog';
import { type ApiKey, apiKeysQuery, useRevokeKey } from '@/features/api-keys/queries';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { apiKeysText as text } from '@/text/api-keys';

export default function ApiKeys() {
  const gateway = useGatewayId();
  const mayChange = useMay('admin');
  const [search, setSearch] = useUrlState();
  const { data, isPending, error, refetch } = useQuery(apiKeysQuery(gateway));
  useCrumbs(text.title);
  useReady(!isPending);
  const keys = (data ?? []) as ApiKey[];
  const editing = keys.find((key) => key.id === search.key);
  const create = (
    <Button variant="filled" leftSection={<IconPlus size={15} stroke={2} />} disabled={!mayChange} onClick={() => setSearch({ key: 'new' }, { replace: false })}>
      {text.create}
    </Button>
  );
  return (
    <Page title={text.title} hint={data ? text.hint(keys.length) : undefined} actions={keys.length > 0 ? create : null}>
      <ReadOnlyNote needs="admin" />
      <Paper>
        {isPending ? <SkeletonRows rows={4} /> : null}
        {error && !data ? <Failed error={error} onRetry={() => void refetch()} /> : null}
        {data && keys.length === 0 ? <Empty title={text.empty.title} text={text.empty.text} action={create} /> : null}
        {keys.length > 0 ? <KeyTable keys={keys} mayChange={mayChange} onEdit={(key) => setSearch({ key: key.id }, { replace: false })} /> : null}
      </Paper>
      <p style={{ color: 'var(--wp-text-3)' }}>{text.intro}</p>
      <KeyDialog key={search.key ?? 'closed'} opened={mayChange && (search.key === 'new' || editing !== undefined)} apiKey={editing} gateway={gateway} onClose={() => setSearch({ key: undefined })} />
    </Page>
  );
}

function KeyTable({ keys, mayChange, onEdit }: { keys: ApiKey[]; mayChange: boolean; onEdit: (key: ApiKey) => void }) {
  const columns: StackedColumn<ApiKey>[] = [
    { label: text.columns.label, cell: (key) => <Label apiKey={key} /> },
    { label: text.columns.prefix, cell: (key) => <code>{key.prefix}…</code> },
    { label: text.columns.scope, cell: (key) => scopeOf(key) },
    { label: text.columns.pinned, cell: (key) => <Pinned metadata={key.pinned_metadata} /> },
    { label: text.columns.permissions, cell: (key) => permissionsOf(key) ?? <Quiet>{text.none}</Quiet> },
    { label: text.columns.lastUsed, cell: (key) => (key.last_used_at ? <When at={key.last_used_at} as="ago" /> : <Quiet>{text.never}</Quiet>) },
    { label: text.columns.expires, cell: (key) => (key.expires_at ? <When at={key.expires_at} as="day" /> : <Quiet>{text.noExpiry}</Quiet>) },
    ...(mayChange ? [{ label: '', name: text.columns.actions, cell: (key: ApiKey) => (key.revoked_at ? null : <RowMenu apiKey={key} onEdit={onEdit} />) }] : []),
  ];
  return <StackedTable label={text.title} columns={columns} rows={keys} keyOf={(key) => key.id} />;
}

function Quiet({ children }: { children: ReactNode }) {
  return <span style={{ color: 'var(--wp-text-3)' }}>{children}</span>;
}

function Label({ apiKey }: { apiKey: ApiKey }) {
  return (
    <span>
      <strong style={{ fontWeight: 600 }}>{apiKey.label}</strong>
      {apiKey.revoked_at ? <span style={{ color: 'var(--wp-bad)' }}> {text.revoked}</span> : null}
    </span>
  );
}

function Pinned({ metadata }: { metadata: ApiKey['pinned_metadata'] }) {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return <Quiet>{text.none}</Quiet>;
  return (
    <span>
      {entries.map(([name, value]) => (
        <code key={name} style={{ marginRight: 4 }}>
          {name}={String(value)}
        </code>
      ))}
    </span>
  );
}

function scopeOf(key: ApiKey): string {
  const scope = [...(key.routes.length ? [text.routes(key.routes)] : []), ...key.models];
  return scope.length > 0 ? scope.join(', ') : text.everything;
}

function permissionsOf(key: ApiKey): string | undefined {
  const granted = Object.entries(key.permissions).filter(([, isGranted]) => isGranted);
  return granted.map(([name]) => text.permissions[name as keyof typeof text.permissions] ?? name).join(', ') || undefined;
}

function RowMenu({ apiKey, onEdit }: { apiKey: ApiKey; onEdit: (key: ApiKey) => void }) {
  const gateway = useGatewayId();
  const revoke = useRevokeKey();
  const askToRevoke = async () => {
    const used = await usedToday(gateway, apiKey.id);
    confirm({
      title: text.revokeTitle(apiKey.label),
      children: text.revokeText(used),
      name: apiKey.label,
      action: text.revokeAction,
      onConfirm: async () => {
        await revoke.mutateAsync(apiKey.id);
        toast(text.revokedToast(apiKey.label));
      },
    });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={text.actionsOf(apiKey.label)}>
          <IconDots size={16} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onEdit(apiKey)}>{text.edit}</Menu.Item>
        <Menu.Item color="red" onClick={() => void askToRevoke()}>
          {text.revoke}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Requests with this key in the last 24 hours; undefined where nobody can say. */
async function usedToday(gateway: string, id: string): Promise<number | undefined> {
  const end = new Date();
  const start = new Date(end.getTime() - 86_400_000);
  const query = { start: start.toISOString(), end: end.toISOString(), interval: 'none', filters: JSON.stringify([{ key: 'key', operator: 'eq', value: [id] }]) };
  const found = await call(api.GET('/api/gateways/{gateway}/analytics' as never, { params: { path: { gateway }, query } } as never)).catch(() => undefined);
  return (found as { total?: { requests?: number } } | undefined)?.total?.requests;
}
