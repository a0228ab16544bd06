import { IconAlertTriangle, IconDatabase, IconKey, IconReceipt2, IconWallet } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ComponentType } from 'react';

import { useGatewayId } from '@/app/gateway';
import { HrefLink } from '@/components/charts';
import { attention as text } from '@/text/overview';

import classes from './Rows.module.css';
import { Nothing, Panel } from './Panel';
import { attentionQuery } from './queries';

const ICONS: Record<string, ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>> = {
  budget: IconWallet,
  route: IconAlertTriangle,
  no_price: IconReceipt2,
  provider_key: IconKey,
  storage: IconDatabase,
};

const ACTIONS: Record<string, string> = {
  budget: text.open,
  route: text.fix,
  no_price: text.setPrice,
  provider_key: text.open,
  storage: text.open,
};

/** What somebody should look at, with the place where it is mended. */
export function Attention() {
  const gateway = useGatewayId();
  const query = useQuery(attentionQuery(gateway));
  const base = `/g/${encodeURIComponent(gateway)}`;
  const items = query.data ?? [];
  return (
    <Panel title={text.title} count={items.length} query={query} rows={3}>
      {items.length === 0 ? <Nothing>{text.none}</Nothing> : null}
      <ul className={classes.list}>
        {items.map((item) => {
          const Icon = ICONS[item.kind] ?? IconAlertTriangle;
          const action = ACTIONS[item.kind] ?? text.open;
          return (
            <li key={`${item.kind} ${item.title}`} className={classes.attention}>
              <span className={classes.mark}>
                <Icon aria-hidden size={16} stroke={1.75} />
              </span>
              <div className={classes.words}>
                <b className={classes.strong}>{item.title}</b>
                <div className={classes.quiet}>{item.detail}</div>
              </div>
              <HrefLink href={`${base}/${item.link}`} className={classes.action} aria-label={text.of(action, item.title)}>
                {action}
              </HrefLink>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
