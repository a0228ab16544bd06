import { ActionIcon, Menu } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconAlertTriangle, IconDots } from '@tabler/icons-react';

import { Sparkline } from '@/components/charts';
import { confirm } from '@/components/confirm';
import { CopyButton } from '@/components/CopyButton';
import { Money } from '@/components/Money';
import { StackedTable, type StackedColumn } from '@/components/StackedTable';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import type { RouteDocument } from '@/features/route-editor/model';
import { usd } from '@/lib/money';
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
  const columns: StackedColumn<RouteSummary>[] = [
    { label: text.columns.name, cell: (route) => <Name gateway={gateway} route={route} /> },
    { label: text.columns.live, cell: (route) => <Live route={route} /> },
    { label: text.columns.draft, cell: (route) => <Draft changes={route.draft_changes} /> },
    { label: text.columns.requests, isNumber: true, cell: (route) => <Requests route={route} /> },
    { label: text.columns.errors, isNumber: true, cell: (route) => <Errors route={route} /> },
    { label: text.columns.cost, isNumber: true, cell: (route) => <Cost route={route} /> },
    { label: text.columns.deployed, cell: (route) => <Deployed route={route} /> },
    { label: text.columns.problems, cell: (route) => <Problems errors={route.problems.errors} warnings={route.problems.warnings} /> },
    { label: '', name: text.columns.actions, cell: (route) => <RowMenu gateway={gateway} route={route} mayEdit={mayEdit} onDuplicate={onDuplicate} /> },
  ];
  return <StackedTable label={text.title} columns={columns} rows={routes} keyOf={(route) => route.id} />;
}

function Name({ gateway, route }: { gateway: string; route: RouteSummary }) {
  return (
    <span className={classes.name}>
      <Link to="/g/$gw/routes/$route" params={{ gw: gateway, route: route.name }} title={route.name}>
        {route.name}
      </Link>
      <CopyButton text={`dynamic/${route.name}`} label={text.copyName(route.name)} />
    </span>
  );
}

function Live({ route }: { route: RouteSummary }) {
  return route.live_version ? <span className={classes.live}>{text.version(route.live_version)}</span> : <span className={classes.muted}>{text.notLive}</span>;
}

function Draft({ changes }: { changes: number | null | undefined }) {
  if (changes === null || changes === undefined) return <span className={classes.muted}>{text.noDraft}</span>;
  return <span className={changes === 0 ? classes.muted : undefined}>{text.changes(changes)}</span>;
}

function Requests({ route }: { route: RouteSummary }) {
  return (
    <span className={classes.spark}>
      <span className={classes.line}>
        <Sparkline values={route.sparkline} label={text.sparkline(route.name)} />
      </span>
      {count(route.requests_24h)}
    </span>
  );
}

function Errors({ route }: { route: RouteSummary }) {
  if (route.requests_24h === 0) return <span className={classes.muted}>–</span>;
  return <span title={text.errorShare(route.errors_24h, route.requests_24h)}>{percent(route.errors_24h / route.requests_24h)}</span>;
}

/** Marked as simulated when nothing of it was real money; a part that was not real is said in words. */
function Cost({ route }: { route: RouteSummary }) {
  if (route.requests_24h === 0) return <span className={classes.muted}>–</span>;
  const { cost_24h_usd: all, simulated_cost_24h_usd: simulated } = route;
  const real = all - simulated;
  if (simulated <= 0 || real <= 0) return <Money amount={all} isSimulated={simulated > 0} />;
  return (
    <span title={text.simulatedPart(usd(simulated))}>
      <Money amount={real} />
    </span>
  );
}

function Deployed({ route }: { route: RouteSummary }) {
  if (!route.deployed_at) return <span className={classes.muted}>–</span>;
  return (
    <span>
      <When at={route.deployed_at} /> <span className={classes.muted}>{text.deployed(route.deployed_by ?? '')}</span>
    </span>
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
