/** What the navigation lists, in order, with the letter that follows `g`. */
import {
  IconAdjustmentsHorizontal,
  IconChartHistogram,
  IconClipboardList,
  IconKey,
  IconLayoutDashboard,
  IconListDetails,
  IconMessage2,
  IconPlugConnected,
  IconRoute,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';

import { shell } from '@/text/shell';

export interface NavItem {
  /** The path below `/g/{gw}`; `audit` stands on its own. */
  to: '/g/$gw' | '/g/$gw/playground' | '/g/$gw/routes' | '/g/$gw/logs' | '/g/$gw/analytics' | '/g/$gw/providers' | '/g/$gw/keys' | '/g/$gw/settings' | '/audit';
  label: string;
  icon: ComponentType<{ size?: number; stroke?: number }>;
  letter: string;
}

export const NAV: NavItem[] = [
  { to: '/g/$gw', label: shell.nav.overview, icon: IconLayoutDashboard, letter: 'o' },
  { to: '/g/$gw/playground', label: shell.nav.playground, icon: IconMessage2, letter: 'p' },
  { to: '/g/$gw/routes', label: shell.nav.routes, icon: IconRoute, letter: 'r' },
  { to: '/g/$gw/logs', label: shell.nav.logs, icon: IconListDetails, letter: 'l' },
  { to: '/g/$gw/analytics', label: shell.nav.analytics, icon: IconChartHistogram, letter: 'a' },
  { to: '/g/$gw/providers', label: shell.nav.providers, icon: IconPlugConnected, letter: 'v' },
  { to: '/g/$gw/keys', label: shell.nav.keys, icon: IconKey, letter: 'k' },
  { to: '/g/$gw/settings', label: shell.nav.settings, icon: IconAdjustmentsHorizontal, letter: 's' },
];

export const AUDIT: NavItem = { to: '/audit', label: shell.nav.audit, icon: IconClipboardList, letter: 'u' };
