/** Every version of the route, newest first: look at one, compare, restore, deploy, roll back. */
import { ActionIcon, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconDots } from '@tabler/icons-react';
import { useState } from 'react';

import { Empty, Failed, SkeletonRows } from '@/components/States';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import { useUrlState } from '@/lib/url-state';
import { versionsText as text } from '@/text/versions';

import { DeployDialog } from '../deploy/DeployDialog';
import { changesQuery } from '../insight';
import { plainMessage, type RouteDocument } from '../model';
import panel from '../panel.module.css';
import { deploymentsQuery, type DeploymentView, versionsQuery, type VersionView } from '../queries';
import { Marked } from '../problems/Marked';
import { SidePanel } from '../SidePanel';
import { useEditor, useEditorStore } from '../store';
import { useDraftChanges } from './useDraftChanges';
import classes from './versions.module.css';

/** Changes that stand in the line of a version. */
const SUMMARY_CHANGES = 2;

export function VersionsPanel() {
  const store = useEditorStore();
  const { gateway, routeId } = store.getState();
  const versions = useQuery(versionsQuery(gateway, routeId));
  const deployments = useQuery(deploymentsQuery(gateway, routeId));
  const changes = useQuery(changesQuery(gateway, routeId));
  const summaries = new Map(changes.data?.map(({ version_id: id, summary }) => [id, summary ?? null]));
  const [deploying, setDeploying] = useState<VersionView | null>(null);
  return (
    <SidePanel title={text.title} closeLabel={text.close} onClose={() => store.getState().setPanel('none')}>
      <DraftEntry />
      {versions.isPending ? <SkeletonRows rows={4} /> : null}
      {versions.isError ? <Failed error={versions.error} onRetry={() => void versions.refetch()} /> : null}
      {versions.data?.length === 0 ? <Empty title={text.empty} /> : null}
      <ol className={classes.list}>
        {versions.data?.map((version) => (
          <VersionEntry key={version.version_id} version={version} deployments={deployments.data ?? []} summary={summaries.get(version.version_id)} onDeploy={() => setDeploying(version)} />
        ))}
      </ol>
      <DeployDialog opened={deploying !== null} onClose={() => setDeploying(null)} version={deploying ?? undefined} />
    </SidePanel>
  );
}

function DraftEntry() {
  const changes = useDraftChanges();
  const hint = changes === undefined ? '' : changes === null ? text.neverDeployed : changes === 0 ? text.noChanges : text.changes(changes);
  return (
    <div className={panel.section}>
      <div className={panel.row}>
        <span className={panel.pill}>{text.draft}</span>
        <span className={panel.hint}>{hint}</span>
      </div>
    </div>
  );
}

/** In one line: the first changes, and how many more there are. */
function summaryWords(summary: readonly string[] | null): string {
  if (summary === null) return text.first;
  return summary.length === 0 ? text.summaryNone : text.summary(summary.slice(0, SUMMARY_CHANGES), summary.length - SUMMARY_CHANGES);
}

interface VersionEntryProps {
  version: VersionView;
  deployments: DeploymentView[];
  /** What it changed; null for the first one, undefined while that is not known. */
  summary: readonly string[] | null | undefined;
  onDeploy: () => void;
}

function VersionEntry({ version, deployments, summary, onDeploy }: VersionEntryProps) {
  const store = useEditorStore();
  const [search, setSearch] = useUrlState();
  const viewing = useEditor((state) => state.viewing?.label);
  const times = deployments.filter((deployment) => deployment.version_id === version.version_id).length;
  const isOlder = deployments.length > 0 && !version.active;
  const view = () => setSearch({ version: String(version.number), compare: undefined }, { replace: false });
  const isShown = search.version === String(version.number) && viewing !== undefined;
  return (
    <li className={classes.entry} data-shown={isShown || undefined}>
      <button type="button" className={classes.open} onClick={view}>
        <span className={panel.row}>
          <span className={panel.pill} data-live={version.active || undefined}>
            {text.number(version.number)}
            {version.active ? ` ${text.live}` : ''}
          </span>
          {version.is_valid ? null : (
            <span className={`${panel.row} ${panel.bad}`}>
              <IconAlertTriangle size={14} stroke={1.75} aria-hidden />
              {text.hasErrors}
            </span>
          )}
        </span>
        {summary === undefined ? null : (
          <span className={classes.summary} title={plainMessage((summary ?? [text.first]).join('\n'))} data-testid={`summary-${version.number}`}>
            <Marked text={summaryWords(summary)} />
          </span>
        )}
        {version.comment ? <span className={classes.comment}>{version.comment}</span> : null}
        <span className={panel.hint}>
          <When at={version.created_at} as="dayAndTime" /> {text.by(version.created_by)}
          {times > 0 ? ` · ${text.deployed(times)}` : ''}
        </span>
      </button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={text.actions(version.number)}>
            <IconDots size={16} stroke={1.75} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={view}>{text.view}</Menu.Item>
          {version.active ? null : (
            <Menu.Item onClick={() => setSearch({ compare: `${version.number}..live`, version: undefined }, { replace: false })}>{text.compareWithLive}</Menu.Item>
          )}
          <Menu.Item onClick={() => setSearch({ compare: `${version.number}..draft`, version: undefined }, { replace: false })}>{text.compareWithDraft}</Menu.Item>
          <Menu.Item
            onClick={() => {
              store.getState().setViewing(null);
              setSearch({ version: undefined, compare: undefined });
              store.getState().dispatch({ type: 'replace-document', document: { ...(version.document as unknown as RouteDocument) } });
              toast(text.restored(version.number));
            }}
          >
            {text.restore}
          </Menu.Item>
          {version.active ? null : (
            <Menu.Item disabled={!version.is_valid} onClick={onDeploy}>
              {isOlder && times > 0 ? text.rollBack : text.deploy}
            </Menu.Item>
          )}
          <Menu.Item
            onClick={() => {
              const address = new URL(window.location.href);
              address.search = `?panel=versions&version=${version.number}`;
              void navigator.clipboard.writeText(address.href).then(() => toast(text.linkCopied));
            }}
          >
            {text.copyLink}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
