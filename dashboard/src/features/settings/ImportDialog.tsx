/** What a file would change, part by part; then it is imported as a whole or not at all. */
import { Button, Checkbox, Group, Modal, Text } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconAlertTriangle, IconArrowRight, IconCircleX } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';

import { ApiFailure } from '@/api/client';
import { useFocusBack } from '@/components/focus-back';
import { Failed, Refreshing, SkeletonRows } from '@/components/States';
import { toast } from '@/components/toast';
import { Marked } from '@/features/route-editor/problems/Marked';
import { settingsText } from '@/text/settings';

import { EVERYTHING, imported, planQuery, type Choice, type ImportFile, type Plan, type PlannedRoute, type PlannedSettings } from './configuration';
import classes from './ImportDialog.module.css';

const text = settingsText.transfer.dialog;

interface ImportDialogProps {
  gateway: string;
  file: ImportFile;
  opened: boolean;
  onClose: () => void;
}

export default function ImportDialog({ gateway, file, opened, onClose }: ImportDialogProps) {
  useFocusBack(opened);
  return (
    <Modal opened={opened} onClose={onClose} title={text.title(file.name, gateway)} size={720}>
      <Body key={file.id} gateway={gateway} file={file} onClose={onClose} />
    </Modal>
  );
}

function Body({ gateway, file, onClose }: { gateway: string; file: ImportFile; onClose: () => void }) {
  const [choice, setChoice] = useState<Choice>(EVERYTHING);
  const client = useQueryClient();
  const { data: plan, error, isFetching, isPlaceholderData, refetch } = useQuery({ ...planQuery(gateway, file, choice), placeholderData: keepPreviousData, retry: false });
  const run = useMutation({
    mutationFn: (checked: Plan) => imported(gateway, file, choice, checked.fingerprint),
    onSuccess: async (done) => {
      onClose();
      toast(text.done(done.changes));
      await client.invalidateQueries();
    },
    onError: (cause) => {
      // Somebody changed something meanwhile: what is shown is looked at again.
      if (cause instanceof ApiFailure && cause.status === 409) void refetch();
    },
  });
  if (error && !plan) return <Refused error={error} onClose={onClose} />;
  if (!plan) return <SkeletonRows rows={4} />;
  const take = (name: string, isTaken: boolean) => setChoice({ ...choice, without: isTaken ? choice.without.filter((one) => one !== name) : [...choice.without, name] });
  const isReady = !isFetching && !isPlaceholderData && !error;
  return (
    <div className={classes.body}>
      <Refreshing when={isFetching} />
      <p className={classes.lead}>{text.lead}</p>
      <SettingsPart plan={plan.settings} isTaken={choice.settings} onTake={(settings) => setChoice({ ...choice, settings })} />
      {plan.routes.map((route, index) => (
        <RoutePart key={`${index} ${route.name}`} route={route} isTaken={!choice.without.includes(route.name)} onTake={(isTaken) => take(route.name, isTaken)} />
      ))}
      {plan.untouched.length > 0 ? <p className={classes.quiet}>{text.untouched(plan.untouched)}</p> : null}
      {run.error ? (
        <Text role="alert" c="var(--wp-bad)" size="md">
          {run.error.message}
        </Text>
      ) : null}
      {error ? <Failed error={error} onRetry={() => void refetch()} /> : null}
      <div className={classes.foot}>
        <span className={classes.sum} role="status">
          {plan.blocked ? text.blocked : text.sum(plan.changes)}
        </span>
        <Group gap="xs" wrap="nowrap">
          <Button type="button" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button variant="filled" disabled={!isReady || plan.blocked || plan.changes === 0} loading={run.isPending} onClick={() => run.mutate(plan)}>
            {text.import}
          </Button>
        </Group>
      </div>
    </div>
  );
}

/** The file is none that can be looked at: every reason, with its place. */
function Refused({ error, onClose }: { error: unknown; onClose: () => void }) {
  const envelope = error instanceof ApiFailure ? (error.envelope as { errors?: Plan['settings']['errors'] } | undefined) : undefined;
  const errors = envelope?.errors ?? [];
  return (
    <div className={classes.body}>
      {errors.length > 0 ? <Errors errors={errors} /> : <Failed error={error} />}
      <div className={classes.foot}>
        <span className={classes.sum}>{text.refused}</span>
        <Button onClick={onClose}>{text.close}</Button>
      </div>
    </div>
  );
}

function SettingsPart({ plan, isTaken, onTake }: { plan: PlannedSettings; isTaken: boolean; onTake: (isTaken: boolean) => void }) {
  return (
    <Part name={text.settings} state={!isTaken ? text.left : plan.errors.length > 0 ? text.wrong : text.settingsState(plan.changes.length)} isTaken={isTaken} onTake={onTake}>
      {plan.changes.length > 0 ? (
        <dl className={classes.changes}>
          {plan.changes.map(({ member, before, after }) => (
            <div key={member}>
              <dt>
                <code>{member}</code>
              </dt>
              <dd>
                <span className={classes.value}>{valueWords(before)}</span>
                <IconArrowRight role="img" aria-label={text.becomes} size={13} stroke={1.75} />
                <b className={classes.value}>{valueWords(after)}</b>
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {plan.unknown.length > 0 ? <Note>{text.unknown(plan.unknown)}</Note> : null}
      <Errors errors={plan.errors} />
    </Part>
  );
}

function RoutePart({ route, isTaken, onTake }: { route: PlannedRoute; isTaken: boolean; onTake: (isTaken: boolean) => void }) {
  const isWrong = route.errors.length > 0;
  const state = !isTaken ? text.left : isWrong ? text.wrong : text.actions[route.action];
  return (
    <Part name={text.route(route.name)} state={isTaken && !isWrong && route.deploys ? `${state} ${text.deploys}` : state} isTaken={isTaken} onTake={onTake}>
      {route.changes.length > 0 ? (
        <ul className={classes.lines}>
          {route.changes.map((line) => (
            <li key={line}>
              <Marked text={line} />
            </li>
          ))}
        </ul>
      ) : null}
      {route.restarts.map((line) => (
        <Note key={line}>
          <Marked text={line} />
        </Note>
      ))}
      {route.warnings.map((line) => (
        <Note key={line}>
          <Marked text={line} />
        </Note>
      ))}
      <Errors errors={route.errors} />
    </Part>
  );
}

function Part({ name, state, isTaken, onTake, children }: { name: string; state: string; isTaken: boolean; onTake: (isTaken: boolean) => void; children: ReactNode }) {
  return (
    <section className={classes.part} data-left={!isTaken || undefined} aria-label={name}>
      <div className={classes.head}>
        <Checkbox label={name} checked={isTaken} onChange={(event) => onTake(event.currentTarget.checked)} />
        <span className={classes.state}>{state}</span>
      </div>
      {isTaken ? children : null}
    </section>
  );
}

function Note({ children }: { children: ReactNode }) {
  return (
    <p className={classes.note}>
      <IconAlertTriangle aria-hidden size={14} stroke={1.75} />
      <span>{children}</span>
    </p>
  );
}

function Errors({ errors }: { errors: Plan['settings']['errors'] }) {
  if (errors.length === 0) return null;
  return (
    <ul className={classes.errors}>
      {errors.map((error, index) => (
        <li key={index}>
          <IconCircleX aria-hidden size={14} stroke={1.75} />
          <span>
            <Marked text={error.message} /> {placeOf(error.path) ? <code>{placeOf(error.path)}</code> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Where in the file: the body and its member are the request's, not the file's. */
function placeOf(path: readonly unknown[] | undefined): string {
  return (path ?? []).filter((step, index) => !(index === 0 && step === 'body') && !(index === 1 && step === 'configuration')).join('.');
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return text.nothing;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
