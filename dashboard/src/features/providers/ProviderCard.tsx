import { ActionIcon, Button, Menu, Paper } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconDots } from '@tabler/icons-react';

import { confirm } from '@/components/confirm';
import { ProviderMark } from '@/components/ProviderMark';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import { providersText as text } from '@/text/providers';

import classes from './providers.module.css';
import { type Provider, routesThatCall, seenQuery, type StoredKey, testKey, useRemoveKey, useRemoveProvider } from './queries';

const ICONS = { works: IconCircleCheck, rejected: IconCircleX, unchecked: IconCircleDashed } as const;

interface ProviderCardProps {
  gateway: string;
  provider: Provider;
  mayChange: boolean;
  onAddKey: (stored?: StoredKey) => void;
}

/** It can answer: it has a key or needs none. */
export function isInUse(provider: Provider): boolean {
  return provider.mock || provider.custom || provider.keys.length > 0;
}

/** One provider with its keys and what traffic says of them. */
export function ProviderCard({ gateway, provider, mayChange, onAddKey }: ProviderCardProps) {
  const { data: seen } = useQuery(seenQuery(gateway));
  const isConnected = isInUse(provider);
  const connect =
    provider.key_state === 'not_needed' ? (
      <span className={classes.muted}>{text.noKeyNeeded}</span>
    ) : (
      <Button size="compact-xs" disabled={!mayChange} aria-label={provider.keys.length > 0 ? text.addKeyTo(provider.name) : text.connectTo(provider.name)} onClick={() => onAddKey()}>
        {provider.keys.length > 0 ? text.addKey : text.connect}
      </Button>
    );
  const requests = seen?.models.filter((model) => model.provider === provider.slug).reduce((sum, model) => sum + model.requests, 0);
  return (
    <Paper className={classes.card} component="article" aria-label={provider.name}>
      <div className={classes.head}>
        <ProviderMark provider={provider.slug} name={provider.name} />
        <span className={classes.name} title={provider.name}>
          {provider.name}
        </span>
        {provider.mock ? <span className={classes.chip}>{text.simulated}</span> : null}
        {provider.custom ? <span className={classes.chip}>{text.custom}</span> : null}
        {isConnected ? null : connect}
        {provider.custom && mayChange ? <ProviderMenu gateway={gateway} provider={provider} /> : null}
      </div>
      {provider.keys.map((key) => (
        <KeyRow key={key.id} gateway={gateway} provider={provider} stored={key} mayChange={mayChange} onRotate={() => onAddKey(key)} />
      ))}
      {isConnected ? (
        <div className={classes.head}>
          <span className={`${classes.muted} ${classes.grow}`}>{requests ? text.requests(requests) : ''}</span>
          {connect}
        </div>
      ) : null}
    </Paper>
  );
}

function ProviderMenu({ gateway, provider }: { gateway: string; provider: Provider }) {
  const remove = useRemoveProvider(gateway);
  const ask = async () => {
    const routes = await routesThatCall(gateway, provider.slug);
    confirm({
      title: text.removeProviderTitle(provider.name),
      children: text.removeProviderText(routes),
      name: provider.slug,
      action: text.removeProviderAction,
      onConfirm: async () => {
        await remove.mutateAsync(provider.slug);
        toast(text.removedProvider(provider.name));
      },
    });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={24} aria-label={text.actionsOfProvider(provider.name)}>
          <IconDots size={15} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item color="red" onClick={() => void ask()}>
          {text.removeProvider}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function KeyRow({ gateway, provider, stored, mayChange, onRotate }: { gateway: string; provider: Provider; stored: StoredKey; mayChange: boolean; onRotate: () => void }) {
  const { data: seen } = useQuery(seenQuery(gateway));
  const used = seen?.provider_keys.find((key) => key.provider === provider.slug && key.alias === stored.alias);
  const state = used?.state === 'works' || used?.state === 'rejected' ? used.state : ((stored.state as keyof typeof ICONS) ?? 'unchecked');
  const Icon = ICONS[state] ?? IconCircleDashed;
  return (
    <div className={classes.key}>
      <span className={classes.state} data-state={state}>
        <Icon size={15} stroke={1.75} aria-hidden />
        {text.states[state] ?? text.states.unchecked}
        {state === 'rejected' && used?.since ? (
          <>
            {` ${text.since} `}
            <When at={used.since} />
          </>
        ) : null}
      </span>
      <strong style={{ fontWeight: 600 }}>{stored.alias}</strong>
      <code>••••{stored.secret_preview.replace(/^[•*.]+/, '')}</code>
      {stored.default_config ? <span className={classes.chip}>{text.defaultKey}</span> : null}
      <span className={classes.grow} />
      {mayChange ? <KeyMenu gateway={gateway} provider={provider} stored={stored} onRotate={onRotate} /> : null}
    </div>
  );
}

function KeyMenu({ gateway, provider, stored, onRotate }: { gateway: string; provider: Provider; stored: StoredKey; onRotate: () => void }) {
  const remove = useRemoveKey(gateway);
  const test = async () => {
    try {
      const tested = await testKey(gateway, { id: stored.id });
      toast(text.tested[tested.result], { text: tested.message, kind: tested.result === 'rejected' || tested.result === 'unreachable' ? 'failed' : 'done' });
    } catch (cause) {
      toast(cause instanceof Error ? cause.message : String(cause), { kind: 'failed' });
    }
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={24} aria-label={text.actionsOf(stored.alias)}>
          <IconDots size={15} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void test()}>{text.test}</Menu.Item>
        <Menu.Item onClick={onRotate}>{text.rotate}</Menu.Item>
        <Menu.Item
          color="red"
          onClick={async () => {
            const routes = await routesThatCall(gateway, provider.slug);
            confirm({
              title: text.removeTitle(provider.name, stored.alias),
              children: text.removeText(provider.name, routes),
              name: provider.slug,
              action: text.removeAction,
              onConfirm: async () => {
                await remove.mutateAsync(stored.id);
                toast(text.removed);
              },
            });
          }}
        >
          {text.remove}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
