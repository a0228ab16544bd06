import { ActionIcon, Button, Menu, Paper, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconDots, IconPlus } from '@tabler/icons-react';

import { api, call } from '@/api/client';
import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { confirm } from '@/components/confirm';
import { Page } from '@/components/PageHead';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import { KeyDialog } from '@/features/api-keys/KeyDialog';
import { type ApiKey, apiKeysQuery, useRevokeKey } from '@/features/api-keys/queries';
import { useUrlState } from '@/lib/url-state';
import { apiKeysText as text } from '@/text/api-keys';

export default function ApiKeys() {
  const gateway = useGatewayId();
  const mayChange = useMay('admin');
  const [search, setSearch] = useUrlState();
  const { data, isPending, error, refetch } = useQuery(apiKeysQuery(gateway));
  useCrumbs(text.title);
  const keys = (data ?? []) as ApiKey[];
  const editing = keys.find((key) => key.id === search.key);
  const create = (
    <Button variant="filled" leftSection={<IconPlus size={15} stroke={2} />} disabled={!mayChange} onClick={() => setSearch({ key: 'new' }, { replace: false })}>
      {text.create}
    </Button>
  );
  return (
    <Page title={text.title} hint={data ? text.hint(keys.length) : undefined} actions={keys.length > 0 ? create : null}>
      <Paper>
        {isPending ? <SkeletonRows rows={4} /> : null}
        {error && !data ? <Failed error={error} onRetry={() => void refetch()} /> : null}
        {data && keys.length === 0 ? <Empty title={text.empty.title} text={text.empty.text} action={create} /> : null}
        {keys.length > 0 ? <KeyTable keys={keys} mayChange={mayChange} onEdit={(key) => setSearch({ key: key.id }, { replace: false })} /> : null}
      </Paper>
      <p style={{ color: 'var(--wp-text-3)' }}>{text.intro}</p>
      <KeyDialog key={search.key ?? 'closed'} opened={search.key === 'new' || editing !== undefined} apiKey={editing} gateway={gateway} onClose={() => setSearch({ key: undefined })} />
    </Page>
  );
}

function KeyTable({ keys, mayChange, onEdit }: { keys: ApiKey[]; mayChange: boolean; onEdit: (key: ApiKey) => void }) {
  return (
    <div style={{ overflowX: 'auto' }}>
      <Table aria-label={text.title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text.columns.label}</Table.Th>
            <Table.Th>{text.columns.prefix}</Table.Th>
            <Table.Th>{text.columns.scope}</Table.Th>
            <Table.Th>{text.columns.pinned}</Table.Th>
            <Table.Th>{text.columns.permissions}</Table.Th>
            <Table.Th>{text.columns.lastUsed}</Table.Th>
            <Table.Th>{text.columns.expires}</Table.Th>
            <Table.Th aria-label={text.columns.actions} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((key) => (
            <Row key={key.id} apiKey={key} mayChange={mayChange} onEdit={onEdit} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ apiKey, mayChange, onEdit }: { apiKey: ApiKey; mayChange: boolean; onEdit: (key: ApiKey) => void }) {
  const permissions = Object.entries(apiKey.permissions)
    .filter(([, isGranted]) => isGranted)
    .map(([name]) => text.permissions[name as keyof typeof text.permissions] ?? name);
  const scope = [...(apiKey.routes.length ? [text.routes(apiKey.routes)] : []), ...apiKey.models];
  return (
    <Table.Tr>
      <Table.Td>
        <strong style={{ fontWeight: 600 }}>{apiKey.label}</strong>
        {apiKey.revoked_at ? <span style={{ color: 'var(--wp-bad)' }}> {text.revoked}</span> : null}
      </Table.Td>
      <Table.Td>
        <code>{apiKey.prefix}…</code>
      </Table.Td>
      <Table.Td>{scope.length > 0 ? scope.join(', ') : text.everything}</Table.Td>
      <Table.Td>
        {Object.entries(apiKey.pinned_metadata).map(([name, value]) => (
          <code key={name} style={{ marginRight: 4 }}>
            {name}={String(value)}
          </code>
        ))}
        {Object.keys(apiKey.pinned_metadata).length === 0 ? <span style={{ color: 'var(--wp-text-3)' }}>{text.none}</span> : null}
      </Table.Td>
      <Table.Td>{permissions.length > 0 ? permissions.join(', ') : <span style={{ color: 'var(--wp-text-3)' }}>{text.none}</span>}</Table.Td>
      <Table.Td>{apiKey.last_used_at ? <When at={apiKey.last_used_at} as="ago" /> : <span style={{ color: 'var(--wp-text-3)' }}>{text.never}</span>}</Table.Td>
      <Table.Td>{apiKey.expires_at ? <When at={apiKey.expires_at} as="day" /> : text.noExpiry}</Table.Td>
      <Table.Td>
        {mayChange && !apiKey.revoked_at ? <RowMenu apiKey={apiKey} onEdit={onEdit} /> : null}
      </Table.Td>
    </Table.Tr>
  );
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
