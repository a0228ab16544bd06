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
import { useEditor, useEditorStore } from '../store';
import { useLiveVersion } from '../versions/useDraftChanges';
import classes from './live.module.css';

const WINDOWS: TrafficWindow[] = ['5m', '1h', '24h'];

/** Shown while `?live=` stands in the address. */
export function LiveTrafficBar() {
  const [search, setSearch] = useUrlState();
  const store = useEditorStore();
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const zone = useTimeZone();
  const liveVersion = useLiveVersion();
  const [isPaused, setPaused] = useState(false);
  const visibility = useDocumentVisibility();
  const isOn = search.live !== undefined;
  const window = WINDOWS.find((name) => name === search.live) ?? '24h';
  const version = search.of === 'live' ? 'live' : 'any';
  const { data, isError } = useQuery(trafficQuery(gateway, routeId, window, version, isOn && !isPaused && visibility === 'visible'));
  useEffect(() => {
    store.getState().setLive(isOn && data ? (data as never) : null);
  }, [store, isOn, data]);
  if (!isOn) return null;
  return (
    <div className={classes.bar} role="group" aria-label={text.label}>
      <IconActivity size={15} stroke={1.75} aria-hidden />
      <strong>{text.label}</strong>
      <Choice label={text.window[window]} items={WINDOWS.map((name) => ({ label: text.window[name], run: () => setSearch({ live: name }) }))} />
      <Choice
        label={version === 'any' ? text.anyVersion : text.liveVersion(liveVersion?.number ?? null)}
        items={[
          { label: text.anyVersion, run: () => setSearch({ of: undefined }) },
          { label: text.liveVersion(liveVersion?.number ?? null), run: () => setSearch({ of: 'live' }) },
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

/** Where the requests that took an output are listed. */
export function logsOfEdge(route: string, node: string, output: string, window: TrafficWindow): { range: string; filters: string } {
  const range = window === '5m' ? '15m' : window;
  const filters = [
    { key: 'route', operator: 'eq', value: [route] },
    { key: 'edge', operator: 'eq', value: [`${node}.${output}`] },
  ];
  return { range, filters: JSON.stringify(filters) };
}
