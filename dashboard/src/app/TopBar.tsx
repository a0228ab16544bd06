import { ActionIcon, Menu, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { IconBell, IconCheck, IconChevronDown, IconHelpCircle, IconMenu2, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

import { useToasts } from '@/components/toast';
import { ago } from '@/lib/time';
import { shell } from '@/text/shell';

import { useCrumbState } from './crumbs';
import { gatewaysQuery, useGatewayId } from './gateway';
import { useHealth } from './health';
import { openSearch } from './search';
import { useSession, useSignOut } from './session';
import classes from './Shell.module.css';

const NavDrawer = lazy(() => import('./NavDrawer'));

/** Gateway, place, health, search, scheme, help, notifications, account. */
export function TopBar({ onHelp }: { onHelp: () => void }) {
  const crumbs = useCrumbState((state) => state.crumbs);
  // Undefined until it is opened for the first time.
  const [isNavOpen, setNavOpen] = useState<boolean>();
  return (
    <header className={classes.top}>
      <ActionIcon className={classes.menuOnly} aria-label={shell.nav.open} onClick={() => setNavOpen(true)}>
        <IconMenu2 size={18} stroke={1.75} />
      </ActionIcon>
      <Suspense fallback={null}>{isNavOpen === undefined ? null : <NavDrawer opened={isNavOpen} onClose={() => setNavOpen(false)} />}</Suspense>
      <div className={classes.crumbs}>
        <GatewaySwitcher />
        {crumbs ? <span className={classes.slash}>/</span> : null}
        {crumbs}
      </div>
      <HealthPill />
      <UnstyledButton className={classes.search} onClick={openSearch} aria-label={`${shell.search} Ctrl K`}>
        <IconSearch size={15} stroke={1.75} />
        <span>{shell.search}</span>
        {' '}
        <kbd className={classes.key}>Ctrl K</kbd>
      </UnstyledButton>
      <SchemeMenu />
      <Tooltip label={shell.help.label}>
        <ActionIcon className={classes.narrowHidden} aria-label={shell.help.label} onClick={onHelp}>
          <IconHelpCircle size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Bell />
      <Account onHelp={onHelp} />
    </header>
  );
}

function GatewaySwitcher() {
  const current = useGatewayId();
  const navigate = useNavigate();
  const { data } = useQuery(gatewaysQuery);
  const gateways = (data ?? []) as { id: string }[];
  const name = (
    <>
      <span className={classes.gatewayMark} aria-hidden>
        {current[0]?.toUpperCase()}
      </span>
      {current}
    </>
  );
  if (gateways.length < 2) return <span className={classes.gateway}>{name}</span>;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <UnstyledButton className={classes.gateway} aria-label={`${shell.gateway.choose}: ${current}`}>
          {name}
          <IconChevronDown size={14} stroke={1.75} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {gateways.map(({ id }) => (
          <Menu.Item
            key={id}
            rightSection={id === current ? <IconCheck size={14} /> : null}
            onClick={() => void navigate({ to: '/g/$gw', params: { gw: id } })}
          >
            {id}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function HealthPill() {
  const { health } = useHealth();
  const text = {
    checking: shell.health.checking,
    serving: shell.health.serving,
    degraded: shell.health.degraded(shell.health.notReady),
    offline: shell.health.offline,
  }[health];
  return (
    <Tooltip label={health === 'offline' ? shell.health.offlineHint : text}>
      <span className={`${classes.pill} ${health === 'serving' ? classes.narrowHidden : ''}`} data-state={health} role="status" aria-label={health === 'offline' ? `${text}. ${shell.health.offlineHint}` : text}>
        <span className={classes.dot} />
        {text}
      </span>
    </Tooltip>
  );
}

function SchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const isDark = document.documentElement.getAttribute('data-mantine-color-scheme') === 'dark';
  const Icon = isDark ? IconMoon : IconSun;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={shell.theme.label}>
          <Icon size={17} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item key={scheme} rightSection={scheme === colorScheme ? <IconCheck size={14} /> : null} onClick={() => setColorScheme(scheme)}>
            {shell.theme[scheme]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Bell() {
  const { said, unread, read } = useToasts();
  return (
    <Menu position="bottom-end" width={320} onOpen={read}>
      <Menu.Target>
        <ActionIcon aria-label={unread ? `${shell.bell.label} (${unread})` : shell.bell.label} style={{ position: 'relative' }}>
          <IconBell size={17} stroke={1.75} />
          {unread ? <span className={classes.unread} /> : null}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {said.length === 0 ? <Menu.Label>{shell.bell.empty}</Menu.Label> : null}
        {said.slice(0, 10).map((toast) => (
          <Menu.Item key={toast.id} closeMenuOnClick={false}>
            <strong style={{ fontWeight: 600, color: toast.kind === 'failed' ? 'var(--wp-bad)' : undefined }}>{toast.title}</strong>
            <div style={{ color: 'var(--wp-text-3)', fontSize: 12 }}>{[toast.text, ago(toast.at)].filter(Boolean).join(' · ')}</div>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Account({ onHelp }: { onHelp: () => void }) {
  const { user } = useSession();
  const signOut = useSignOut();
  const label = user?.label ?? '';
  // The button for it has no room in the bar then.
  const isNarrow = useMediaQuery('(max-width: 48em)');
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton className={classes.avatar} aria-label={`${shell.account.label} ${label.slice(0, 2).toUpperCase()}`}>
          {label.slice(0, 2).toUpperCase()}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{shell.account.signedInAs(label, user?.role ?? '')}</Menu.Label>
        {isNarrow ? <Menu.Item onClick={onHelp}>{shell.help.label}</Menu.Item> : null}
        <Menu.Item onClick={() => void import('./PasswordForm').then((form) => form.openPasswordForm())}>{shell.account.password}</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut(false)}>{shell.account.signOut}</Menu.Item>
        <Menu.Item onClick={() => void signOut(true)}>{shell.account.signOutAll}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
