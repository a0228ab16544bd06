import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { toast } from '@/components/toast';
import { deployText as text, versionsText } from '@/text/versions';

import { content, type RouteDocument } from '../model';
import { useDeploy, useSaveVersion, versionsQuery, type VersionView } from '../queries';
import { useEditor, useEditorStore } from '../store';
import { useLiveVersion } from '../versions/useDraftChanges';
import { isSameFlow } from './same';

interface Deploy {
  version?: VersionView | undefined;
  message: string;
  force: boolean;
}

/** Saves the draft as a version where it is not one yet, makes it live, and offers the way back. */
export function useDeployFlow() {
  const store = useEditorStore();
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const client = useQueryClient();
  const save = useSaveVersion(gateway, routeId);
  const deploy = useDeploy(gateway, routeId);
  const live = useLiveVersion();
  const [lastNumber, setLastNumber] = useState<number>();

  /** The version that holds the draft: the newest one where nothing changed since, otherwise a new one. */
  const saved = async (comment: string): Promise<{ version: Pick<VersionView, 'number' | 'version_id'>; isNew: boolean }> => {
    const document = store.getState().draft.document;
    const [newest] = await client.fetchQuery({ ...versionsQuery(gateway, routeId), staleTime: 0 });
    if (newest && isSameFlow(newest, document)) return { version: newest, isNew: false };
    const made = await save.mutateAsync({ document: content(document) as RouteDocument, comment });
    return { version: made.version, isNew: true };
  };

  const run = async ({ version, message, force }: Deploy): Promise<void> => {
    const target = version ?? (await saved(message)).version;
    setLastNumber(target.number);
    const before = live;
    await deploy.mutateAsync({ versionId: target.version_id, comment: message, force });
    const back = before && before.versionId !== target.version_id ? before : null;
    toast(text.isLive(target.number), back ? { action: { label: text.rollBackAction, run: () => void rollBack(back) } } : {});
  };

  const rollBack = async (to: { number: number; versionId: string }): Promise<void> => {
    try {
      await deploy.mutateAsync({ versionId: to.versionId });
      toast(text.isLive(to.number));
    } catch (cause) {
      toast(text.failed(to.number, cause instanceof Error ? cause.message : String(cause), null), { kind: 'failed' });
    }
  };

  /** "Save version": a version that serves nothing until it is deployed. */
  const saveOnly = async (): Promise<void> => {
    try {
      const { version, isNew } = await saved('');
      if (isNew) toast(versionsText.saved(version.number), { text: versionsText.savedHint });
      else toast(versionsText.unchanged(version.number));
    } catch (cause) {
      toast(versionsText.cannotSave, { kind: 'failed', text: cause instanceof Error ? cause.message : String(cause) });
    }
  };

  return { deploy: run, saveOnly, isBusy: save.isPending || deploy.isPending, lastNumber };
}
