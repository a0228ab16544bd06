/** Counts on the edges: a window, a version, and when it was read. */
import { ActionIcon, Menu, Tooltip, UnstyledButton } from '@mantine/core';
import { useDocumentVisibility } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { IconActivity, IconChevronDown, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

import { useTimeZone } from '@/app/gateway';
import { clock } from '@/lib/time';
import { useUrlState } from '@/lib/url-state';
import { liveText as text } from '@/text/versions';

import { trafficQuery, type TrafficWindow } from '../insight';
import { type LiveTraffic, useEditor, useEditorStore } from '../store';
import { useServing } from '../versions/useServing';
import classes from './live.module.css';

const WINDOWS: TrafficWindow[] = ['5m', '1h', '24h'];

/** Shown while `?live=` stands in the address. */
export function LiveTrafficBar() {
  const [search, setSearch] = useUrlState();
  const store = useEditorStore();
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const zone = useTimeZone();
  const serving = useServing();
  const [isPaused, setPaused] = useState(false);
  const visibility = useDocumentVisibility();
  const isOn = search.live !== undefined;
  const window = WINDOWS.find((name) => name === search.live) ?? '24h';
  const version = search.of === 'live' ? 'live' : 'any';
  const { data, isError } = useQuery(trafficQuery(gateway, routeId, window, version, isOn && !isPaused && visibility === 'visible'));
  useEffect(() => {
    const known = serving === undefined ? null : new Set(serving?.elements.map(({ id }) => id));
    store.getState().setLive(isOn && data ? ({ ...data, version: data.version ?? null, known } as LiveTraffic) : null);
  }, [store, isOn, data, serving]);
  if (!isOn) return null;
  return (
    <div className={classes.bar} role="group" aria-label={text.label}>
      <IconActivity size={15} stroke={1.75} aria-hidden />
      <strong>{text.label}</strong>
      <Choice label={text.window[window]} items={WINDOWS.map((name) => ({ label: text.window[name], run: () => setSearch({ live: name }) }))} />
      <Choice
        label={version === 'any' ? text.anyVersion : text.liveVersion(serving?.version ?? null)}
        items={[
          { label: text.anyVersion, run: () => setSearch({ of: undefined }) },
          { label: text.liveVersion(serving?.version ?? null), run: () => setSearch({ of: 'live' }) },
        ]}
      />
      <span className={classes.time}>{isError ? text.failed : isPaused ? text.paused : data ? text.asOf(clock(data.as_of, zone)) : text.reading}</span>
      <Tooltip label={isPaused ? text.resume : text.pause}>
        <ActionIcon size={24} aria-label={isPaused ? text.resume : text.pause} onClick={() => setPaused(!isPaused)}>
          {isPaused ? <IconPlayerPlay size={14} stroke={1.75} /> : <IconPlayerPause size={14} stroke={1.75} />}
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function Choice({ label, items }: { label: string; items: { label: string; run: () => void }[] }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton className={classes.choice}>
          {label}
          <IconChevronDown size={13} stroke={1.75} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map((item) => (
          <Menu.Item key={item.label} onClick={item.run}>
            {item.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
