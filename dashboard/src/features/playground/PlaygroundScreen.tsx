/** The Playground: whom to call, what to ask, and who answered. */
import { SegmentedControl } from '@mantine/core';
import { IconColumns2 } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { useMay } from '@/app/session';
import { useShortcuts } from '@/app/shortcuts';
import { toast } from '@/components/toast';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { playgroundText as text } from '@/text/playground';

import { AnswerPanel } from './AnswerPanel';
import { Composer } from './Composer';
import { CopyAsMenu } from './CopyAsMenu';
import classes from './PlaygroundScreen.module.css';
import { replay } from './replay';
import { RepeatTable } from './RepeatTable';
import { extraBodyProblem, meantRoute } from './request';
import { RequestExtras } from './RequestExtras';
import { TargetFields } from './TargetFields';
import { usePlayground, useRecentUsers, type Playground } from './usePlayground';
import { useSide } from './useSide';
import { useTargets, type Targets } from './useTargets';

export function PlaygroundScreen() {
  useCrumbs(text.title);
  const gateway = useGatewayId();
  const playground = usePlayground();
  const { state, set, setTarget, isCut } = playground;
  const targets = useTargets(gateway);
  const [recentUsers, remember] = useRecentUsers();
  const left = useSide(gateway);
  const right = useSide(gateway);
  const maySend = useMay('editor');
  useReplay(gateway, playground);
  useFirstModel(playground, targets);

  const used = state.isComparing ? [left, right] : [left];
  const isRunning = used.some((side) => side.isRunning);
  const wanted = state.isComparing ? state.targets : [state.targets[0]];
  const blocked = !maySend
    ? text.needsEditor
    : wanted.some(({ model }) => model.trim() === '')
      ? text.noModel
      : (extraBodyProblem(state.extraBody) ?? (state.prompt.trim() === '' && state.turns.length === 0 && state.extraBody === '' ? text.noPrompt : undefined));
  const sendAll = () => {
    if (blocked !== undefined || isRunning) return;
    used.forEach((side, index) => {
      const target = state.targets[index as 0 | 1];
      remember(target.userId);
      void side.start(state, target);
    });
  };
  const stopAll = () => used.forEach((side) => side.stop());
  useShortcuts(text.title, [{ keys: 'mod+Enter', label: text.send, run: sendAll }]);
  useReady(!targets.isPending);

  const routeNames = targets.routes.map(({ name }) => name);
  const fieldsOf = (index: 0 | 1, withChips: boolean) => (
    <TargetFields
      gateway={gateway}
      target={state.targets[index]}
      targets={targets}
      recentUsers={recentUsers}
      options={state.options}
      withChips={withChips}
      onTarget={(change) => setTarget(index, named(change, routeNames))}
      onOptions={(change) => set({ options: { ...state.options, ...change } })}
    />
  );
  const answerOf = (index: 0 | 1, label: string) => {
    const side = used[index];
    if (!side) return null;
    const { answer } = side;
    const goOn = () => set({ turns: [...state.turns, ...(state.prompt === '' ? [] : [{ role: 'user' as const, content: state.prompt }]), { role: 'assistant', content: answer.text }], prompt: '' });
    return (
      <>
        {side.repeated ? <RepeatTable state={side.repeated} /> : null}
        <AnswerPanel gateway={gateway} label={label} answer={answer} routeNames={routeNames} onModel={(model) => setTarget(index, { model, version: '' })} onContinue={state.isComparing ? undefined : goOn} />
      </>
    );
  };

  return (
    <div className={classes.page}>
      <div className={classes.head}>
        <h1>{text.title}</h1>
        <SegmentedControl
          aria-label={text.mode.label}
          value={state.isComparing ? 'compare' : 'single'}
          onChange={(mode) => set({ isComparing: mode === 'compare' })}
          data={[
            { value: 'single', label: text.mode.single },
            {
              value: 'compare',
              label: (
                <span className={classes.mode}>
                  <IconColumns2 aria-hidden size={15} stroke={1.75} />
                  {text.mode.compare}
                </span>
              ),
            },
          ]}
        />
        <span className={classes.grow} />
        <CopyAsMenu gateway={gateway} state={state} isCut={isCut} />
      </div>
      {state.isComparing ? (
        <div className={classes.sides}>
          <section className={classes.card}>
            <div className={classes.fields}>{fieldsOf(0, false)}</div>
            {answerOf(0, text.answer.left)}
          </section>
          <section className={classes.card}>
            <div className={classes.fields}>{fieldsOf(1, false)}</div>
            {answerOf(1, text.answer.right)}
          </section>
        </div>
      ) : (
        <div className={classes.sides} data-single>
          <section className={classes.card} data-request>
            <div className={classes.fields}>{fieldsOf(0, true)}</div>
            <div className={classes.extras}>
              <RequestExtras state={state} set={set} isOpen />
            </div>
          </section>
          <section className={classes.card}>{answerOf(0, text.answer.label)}</section>
        </div>
      )}
      <Composer state={state} set={set} isRunning={isRunning} blocked={blocked} onSend={sendAll} onStop={stopAll}>
        {state.isComparing ? <RequestExtras state={state} set={set} isOpen={false} /> : null}
      </Composer>
    </div>
  );
}

/** `smart-route` chosen as it is means the route, where there is one of this name. */
function named<T extends { model?: string }>(change: T, routes: readonly string[]): T {
  const meant = change.model === undefined ? undefined : meantRoute(change.model, routes);
  return meant ? { ...change, model: meant } : change;
}

/** The second side begins as the first, for another user. */
function withSecond(state: Playground['state']): Partial<Playground['state']> {
  const [one, two] = state.targets;
  return two.model === '' ? { targets: [one, { ...two, model: one.model, version: one.version, metadata: one.metadata }] } : {};
}

/** Something can be sent at once: the first route that is live, or a mock model; a second side begins as the first. */
function useFirstModel({ state, set, setTarget }: Playground, targets: Targets) {
  const isEmpty = state.targets[0].model === '';
  useEffect(() => {
    if (!isEmpty || targets.isPending) return;
    const live = targets.routes.find(({ liveVersion }) => liveVersion !== undefined);
    const mock = targets.providers.find(({ isMock }) => isMock);
    if (live) setTarget(0, { model: `dynamic/${live.name}` });
    else if (mock) setTarget(0, { model: `${mock.slug}/${mock.models.find((name) => name === 'large') ?? mock.models[0] ?? 'small'}` });
  }, [isEmpty, targets.isPending]);
  const isSecondEmpty = state.isComparing && state.targets[1].model === '';
  useEffect(() => {
    if (isSecondEmpty && !isEmpty) set(withSecond(state));
  }, [isEmpty, isSecondEmpty]);
}

/** `?log=<id>` takes a logged request over, once. */
function useReplay(gateway: string, { set }: Playground) {
  const client = useQueryClient();
  const [url, setUrl] = useUrlState();
  const [isBusy, setBusy] = useState(false);
  const taken = useRef<string>(undefined);
  const { log } = url;
  useEffect(() => {
    if (!log || taken.current === log) return;
    taken.current = log;
    setBusy(true);
    replay(client, gateway, log)
      .then(({ state, isPartial }) => {
        set(state);
        toast(text.replay.note, isPartial ? { text: text.replay.notStored } : {});
      })
      .catch((error: unknown) => toast(text.replay.failed, { kind: 'failed', text: error instanceof Error ? error.message : String(error) }))
      .finally(() => {
        setUrl({ log: undefined });
        setBusy(false);
      });
  }, [log]);
  return isBusy;
}
