import { useQuery } from '@tanstack/react-query';

import { useGatewayId } from '@/app/gateway';
import { HrefLink } from '@/components/charts';
import { When } from '@/components/When';
import type { Charted } from '@/features/analytics/charted';
import { deployments as text } from '@/text/overview';

import { deployedOf } from './deployed';
import { Nothing, Panel } from './Panel';
import { summaryQuery } from '@/features/routes/queries';
import classes from './Rows.module.css';

const SHOWN_MAX = 6;

export function Deployments({ charted }: { charted: Charted }) {
  const gateway = useGatewayId();
  const query = useQuery(summaryQuery(gateway));
  const list = deployedOf(query.data ?? [], charted.answer?.deployments ?? []).slice(0, SHOWN_MAX);
  const routes = `/g/${encodeURIComponent(gateway)}/routes`;
  return (
    <Panel title={text.title} query={query} end={<HrefLink href={routes}>{text.all}</HrefLink>}>
      {list.length === 0 ? <Nothing>{text.none}</Nothing> : null}
      <ul className={classes.list}>
        {list.map((one) => (
          <li key={`${one.route} ${one.version} ${one.at}`} className={classes.deployment}>
            <span className={classes.pill} data-live={one.isLive || undefined}>
              {`v${one.version}`}
              {one.isLive ? <span className={classes.hidden}>{text.live}</span> : null}
            </span>
            <span className={classes.cut}>
              <HrefLink href={`${routes}/${encodeURIComponent(one.route)}`} className={classes.strong}>
                {one.route}
              </HrefLink>{' '}
              {one.by ? <span className={classes.soft}>{text.by(one.by)}</span> : null}
            </span>
            <span className={classes.quiet}>
              <When at={one.at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
