/** What a deploy would change, asked before it happens: differences, problems, effect, counters, saved cases. */
import { Alert, Button, Group, Modal, Stack, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { ApiFailure } from '@/api/client';
import { count } from '@/lib/number';
import { deployText as text } from '@/text/versions';

import { caseRunQuery } from '../insight';
import type { Problem, RouteDocument } from '../model';
import { content } from '../model';
import { diffQuery, versionsQuery, type VersionView } from '../queries';
import { useEditor } from '../store';
import { Changes } from '../versions/Changes';
import { changesOf } from '../versions/compare';
import { useLiveVersion } from '../versions/useDraftChanges';
import { Effect } from './Effect';
import { isSameFlow } from './same';
import { useDeployFlow } from './useDeployFlow';

interface DeployDialogProps {
  opened: boolean;
  onClose: () => void;
  /** A version that is stored; without it the draft is saved first. */
  version?: VersionView | undefined;
}

export function DeployDialog(props: DeployDialogProps) {
  const routeName = useEditor((state) => state.routeName);
  const { number, isRollback } = useTarget(props.version);
  return (
    <Modal opened={props.opened} onClose={props.onClose} size={560} title={isRollback ? text.rollBackTitle(number, routeName) : text.title(number, routeName)} trapFocus returnFocus>
      {props.opened ? <Question {...props} /> : null}
    </Modal>
  );
}

/** Which number would go live. */
function useTarget(version: VersionView | undefined): { number: number; isRollback: boolean } {
  const { gateway, routeId } = useEditorIdentity();
  const draft = useEditor((state) => state.draft.document);
  const { data: versions = [] } = useQuery(versionsQuery(gateway, routeId));
  const live = useLiveVersion();
  if (version) return { number: version.number, isRollback: live !== null && version.number < live.number };
  const newest = versions[0];
  const isSaved = newest !== undefined && isSameFlow(newest, draft);
  return { number: isSaved ? newest.number : (newest?.number ?? 0) + 1, isRollback: false };
}

function useEditorIdentity() {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  return { gateway, routeId };
}

function Question({ onClose, version }: DeployDialogProps) {
  const { gateway, routeId } = useEditorIdentity();
  const draft = useEditor((state) => state.draft.document);
  const validation = useEditor((state) => state.validation);
  const live = useLiveVersion();
  const { data: versions } = useQuery(versionsQuery(gateway, routeId));
  const serving = versions?.find((each) => each.version_id === live?.versionId)?.document as RouteDocument | undefined;
  const document = version ? (version.document as unknown as RouteDocument) : draft;
  const diff = useQuery({ ...diffQuery(gateway, routeId, {}, { document: content(document) as RouteDocument }), enabled: live !== null });
  const cases = useQuery(caseRunQuery(gateway, routeId, document));
  const { isRollback } = useTarget(version);
  const [message, setMessage] = useState('');
  const [isForced, setForced] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const flow = useDeployFlow();

  const problems = version ? [] : validation.problems;
  const errors = problems.filter((problem) => problem.severity === 'error');
  const failing = isRollback ? [] : (cases.data ?? []).filter((result) => !result.passes);
  const isBlocked = errors.length > 0 || (failing.length > 0 && !isForced);
  const submit = async () => {
    setRefusal(undefined);
    try {
      await flow.deploy({ version, message: message.trim(), force: isForced });
      onClose();
    } catch (cause) {
      const reason = cause instanceof ApiFailure ? cause.message : String(cause);
      setRefusal(reason);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBlocked && !flow.isBusy) void submit();
      }}
    >
      <Stack gap="md">
        <section>
          <h2 style={{ marginBottom: 6 }}>{live ? text.against(live.number) : text.first}</h2>
          {diff.data?.same ? <div>{text.noDifference}</div> : null}
          {diff.data && !diff.data.same && serving ? <Changes changes={changesOf(diff.data, serving, document)} /> : null}
        </section>
        {problems.length > 0 ? <Problems problems={problems} errors={errors.length} /> : null}
        {live ? <Effect gateway={gateway} route={routeId} document={document} /> : null}
        {cases.data && cases.data.length > 0 && !isRollback ? (
          <section>
            <h2 style={{ marginBottom: 6 }}>{text.cases}</h2>
            <div>{text.casesPass(cases.data.length - failing.length, cases.data.length)}</div>
            {failing.map((result) => (
              <div key={result.id} style={{ color: 'var(--wp-bad)' }}>
                {text.caseFails(result.name, result.want, result.got)}
              </div>
            ))}
            {failing.length > 0 ? <Switch mt={8} label={text.force} checked={isForced} onChange={(event) => setForced(event.currentTarget.checked)} /> : null}
          </section>
        ) : null}
        <TextInput label={text.message} placeholder={text.messageHint} maxLength={200} value={message} data-autofocus onChange={(event) => setMessage(event.currentTarget.value)} />
        {refusal ? (
          <Alert color="red" role="alert">
            {text.failed(version?.number ?? flow.lastNumber ?? 0, refusal, live?.number ?? null)}
          </Alert>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={isBlocked} loading={flow.isBusy}>
            {isRollback ? text.rollBack : text.deploy}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Problems({ problems, errors }: { problems: readonly Problem[]; errors: number }) {
  return (
    <section>
      <h2 style={{ marginBottom: 6 }}>{text.problems}</h2>
      {errors > 0 ? <div style={{ color: 'var(--wp-bad)' }}>{text.errorsBlock(errors)}</div> : <div>{text.warnings(problems.length)}</div>}
      <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
        {problems.slice(0, 6).map((problem, index) => (
          <li key={index}>{problem.message.replaceAll('*', '')}</li>
        ))}
      </ul>
      {problems.length > 6 ? <div>{`+${count(problems.length - 6)}`}</div> : null}
    </section>
  );
}

