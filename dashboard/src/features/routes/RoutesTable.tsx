import { ActionIcon, Menu, Table } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconAlertTriangle, IconDots } from '@tabler/icons-react';

import { Sparkline } from '@/components/charts';
import { confirm } from '@/components/confirm';
import { CopyButton } from '@/components/CopyButton';
import { Money } from '@/components/Money';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import type { RouteDocument } from '@/features/route-editor/model';
import { count, percent } from '@/lib/number';
import { routesText as text } from '@/text/routes';

import { documentOf, type RouteSummary, useDeleteRoute } from './queries';
import classes from './routes.module.css';

interface RoutesTableProps {
  gateway: string;
  routes: RouteSummary[];
  mayEdit: boolean;
  onDuplicate: (copy: { name: string; document: RouteDocument }) => void;
}

export function RoutesTable({ gateway, routes, mayEdit, onDuplicate }: RoutesTableProps) {
  return (
    <div className={classes.scroll}>
      <Table aria-label={text.title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text.columns.name}</Table.Th>
            <Table.Th>{text.columns.live}</Table.Th>
            <Table.Th>{text.columns.draft}</Table.Th>
            <Table.Th className={classes.number}>{text.columns.requests}</Table.Th>
            <Table.Th className={classes.number}>{text.columns.errors}</Table.Th>
            <Table.Th className={classes.number}>{text.columns.cost}</Table.Th>
            <Table.Th>{text.columns.deployed}</Table.Th>
            <Table.Th>{text.columns.problems}</Table.Th>
            <Table.Th aria-label={text.columns.actions} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {routes.map((route) => (
            <Row key={route.id} gateway={gateway} route={route} mayEdit={mayEdit} onDuplicate={onDuplicate} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ gateway, route, mayEdit, onDuplicate }: Omit<RoutesTableProps, 'routes'> & { route: RouteSummary }) {
  return (
    <Table.Tr>
      <Table.Td>
        <span className={classes.name}>
          <Link to="/g/$gw/routes/$route" params={{ gw: gateway, route: route.name }}>
            {route.name}
          </Link>
          <CopyButton text={`dynamic/${route.name}`} label={text.copyName(route.name)} />
        </span>
      </Table.Td>
      <Table.Td>
        {route.live_version ? <span className={classes.live}>{text.version(route.live_version)}</span> : <span className={classes.muted}>{text.notLive}</span>}
      </Table.Td>
      <Table.Td>
        {route.draft_changes === null || route.draft_changes === undefined ? (
          <span className={classes.muted}>{text.noDraft}</span>
        ) : (
          <span className={route.draft_changes === 0 ? classes.muted : undefined}>{text.changes(route.draft_changes)}</span>
        )}
      </Table.Td>
      <Table.Td>
        <span className={classes.spark}>
          <span style={{ width: 72 }}>
            <Sparkline values={route.sparkline} label={text.sparkline(route.name)} />
          </span>
          {count(route.requests_24h)}
        </span>
      </Table.Td>
      <Table.Td className={classes.number} title={text.errorShare(route.errors_24h, route.requests_24h)}>
        {route.requests_24h > 0 ? percent(route.errors_24h / route.requests_24h) : <span className={classes.muted}>–</span>}
      </Table.Td>
      <Table.Td className={classes.number}>
        <Money amount={route.cost_24h_usd} />
      </Table.Td>
      <Table.Td>
        {route.deployed_at ? (
          <>
            <When at={route.deployed_at} /> <span className={classes.muted}>{text.deployed(route.deployed_by ?? '')}</span>
          </>
        ) : (
          <span className={classes.muted}>–</span>
        )}
      </Table.Td>
      <Table.Td>
        <Problems errors={route.problems.errors} warnings={route.problems.warnings} />
      </Table.Td>
      <Table.Td>
        <RowMenu gateway={gateway} route={route} mayEdit={mayEdit} onDuplicate={onDuplicate} />
      </Table.Td>
    </Table.Tr>
  );
}

function Problems({ errors, warnings }: { errors: number; warnings: number }) {
  if (errors + warnings === 0) return <span className={classes.muted}>{text.noProblems}</span>;
  return (
    <span className={classes.problem} data-errors={errors > 0 || undefined}>
      <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
      {text.problems(errors, warnings)}
    </span>
  );
}

function RowMenu({ gateway, route, mayEdit, onDuplicate }: Omit<RoutesTableProps, 'routes'> & { route: RouteSummary }) {
  const navigate = useNavigate();
  const remove = useDeleteRoute(gateway);
  const fail = (cause: unknown) => toast(cause instanceof Error ? cause.message : String(cause), { kind: 'failed' });
  const askToDelete = () =>
    confirm({
      title: text.removeTitle(route.name),
      children: route.live_version ? text.removeLive(route.name, route.requests_24h) : text.removeDraft,
      ...(route.live_version ? { name: route.name } : {}),
      action: text.removeAction,
      onConfirm: async () => {
        await remove.mutateAsync(route.id);
        toast(text.removed(route.name));
      },
    });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={text.actionsOf(route.name)}>
          <IconDots size={16} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void navigate({ to: '/g/$gw/routes/$route', params: { gw: gateway, route: route.name } })}>{text.open}</Menu.Item>
        <Menu.Item onClick={() => void navigator.clipboard.writeText(curlOf(gateway, route.name)).then(() => toast(text.copied))}>{text.copyCurl}</Menu.Item>
        <Menu.Item
          disabled={!mayEdit}
          onClick={() =>
            void documentOf(gateway, route.id)
              .then((document) => onDuplicate({ name: route.name, document }))
              .catch(fail)
          }
        >
          {text.duplicate}
        </Menu.Item>
        <Menu.Item onClick={() => void documentOf(gateway, route.id).then((document) => download(route.name, document)).catch(fail)}>{text.exportJson}</Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" disabled={!mayEdit} onClick={askToDelete}>
          {text.remove}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The call as an application would make it; the key stays in the environment. */
export function curlOf(gateway: string, route: string): string {
  return [
    `curl ${window.location.origin}/v1/default/${gateway}/compat/chat/completions \\`,
    '  -H "Authorization: Bearer $GATEWAY_API_KEY" \\',
    "  -H 'content-type: application/json' \\",
    `  -d '{"model":"dynamic/${route}","messages":[{"role":"user","content":"Hello"}]}'`,
  ].join('\n');
}

function download(name: string, document: RouteDocument): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify({ name, ...document }, null, 2)], { type: 'application/json' }));
  const link = window.document.createElement('a');
  link.href = address;
  link.download = `${name}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
