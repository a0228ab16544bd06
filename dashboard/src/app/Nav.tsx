import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';

import { shell } from '@/text/shell';

import { BrandMark } from './Brand';
import { useGatewayId } from './gateway';
import { AUDIT, NAV, type NavItem } from './nav';
import classes from './Shell.module.css';

/** The navigation of a gateway: a column of names, or a rail of icons in the editor. */
export function Nav({ isRail, onGo }: { isRail: boolean; onGo?: () => void }) {
  return (
    <nav className={classes.nav} aria-label={shell.nav.label} onClick={onGo}>
      <Link to="/" className={classes.brand} aria-label={shell.product}>
        <BrandMark />
        <span>{shell.product}</span>
      </Link>
      {NAV.map((item) => (
        <NavLink key={item.to} item={item} isRail={isRail} />
      ))}
      <div className={classes.separator} />
      <NavLink item={AUDIT} isRail={isRail} />
    </nav>
  );
}

function NavLink({ item, isRail }: { item: NavItem; isRail: boolean }) {
  const gw = useGatewayId();
  const Icon = item.icon;
  return (
    <Tooltip label={item.label} position="right" disabled={!isRail}>
      <Link
        to={item.to}
        params={{ gw } as never}
        className={classes.item}
        activeOptions={{ exact: item.to === '/g/$gw', includeSearch: false }}
        activeProps={{ 'aria-current': 'page' }}
      >
        <Icon size={18} stroke={1.75} />
        <span>{item.label}</span>
      </Link>
    </Tooltip>
  );
}
