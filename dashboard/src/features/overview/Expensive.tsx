import { useQuery } from '@tanstack/react-query';

import { useGatewayId } from '@/app/gateway';
import { HrefLink, logsHref, useOpen, type LogFilter } from '@/components/charts';
import { Money } from '@/components/Money';
import { ProviderMark } from '@/components/ProviderMark';
import { When } from '@/components/When';
import type { Charted } from '@/features/analytics/charted';
import { asRow, type LogRow } from '@/features/logs/row';
import { useUrlState } from '@/lib/url-state';
import { expensive as text } from '@/text/overview';

import classes from './Expensive.module.css';
import { Nothing, Panel } from './Panel';
import { expensiveFilters, expensiveQuery } from './queries';

/** Real money first; while there are only mock models, what they simulate, and it says so. */
export function Expensive({ charted, filters = [], rows = 8 }: { charted: Charted; filters?: readonly LogFilter[]; rows?: number }) {
  const gateway = useGatewayId();
  const [search] = useUrlState();
  const open = useOpen();
  const total = charted.answer?.total;
  const isSimulated = Boolean(total && total.requests > 0 && total.simulated_requests === total.requests);
  const ask = { time: search, filters, isSimulated, rows };
  const query = useQuery({ ...expensiveQuery(gateway, ask), enabled: !charted.query.isPending });
  const list = (query.data ?? []).map(asRow);
  const all = `${logsHref(gateway, expensiveFilters(ask), { range: search.range })}&sort=cost`;
  return (
    <Panel title={text.title} query={query} rows={rows} end={<HrefLink href={all}>{text.all}</HrefLink>}>
      {list.length === 0 ? <Nothing>{text.none}</Nothing> : null}
      {list.length > 0 ? (
        <>
          {isSimulated ? <Nothing>{text.onlySimulated}</Nothing> : null}
          <div className={classes.box}>
            <table className={classes.table} data-simulated={isSimulated || undefined}>
              <thead>
                <tr>
                  <th scope="col" className={classes.number}>{text.cost}</th>
                  <th scope="col" className={classes.user}>{text.user}</th>
                  <th scope="col">{text.servedBy}</th>
                  <th scope="col" className={classes.number}>{text.time}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((row) => {
                  const href = `/g/${encodeURIComponent(gateway)}/logs/${encodeURIComponent(row.id)}`;
                  return (
                    <tr key={row.id} className={classes.row} onClick={(event) => open(href, event)}>
                      <td className={classes.cost}>
                        <Money amount={row.cost} isCustom={row.custom_cost} isSimulated={row.waypost.simulated} />
                      </td>
                      <td className={classes.user}>{nameOf(row)}</td>
                      <td className={classes.model} title={`${row.provider}/${row.model}`}>
                        <span className={classes.served}>
                          <ProviderMark provider={row.provider} />
                          <span className={classes.cut}>{row.model}</span>
                        </span>
                      </td>
                      <td className={classes.time}>
                        <HrefLink href={href} onClick={(event) => event.stopPropagation()}>
                          <When at={row.created_at} />
                        </HrefLink>
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </>
      ) : null}
    </Panel>
  );
}

/** Who it was, as far as the request said. */
function nameOf(row: LogRow): string {
  const metadata = row.metadata ?? {};
  const value = metadata.user_id ?? metadata.user ?? metadata.userId ?? metadata.email;
  return value === undefined ? text.unknownUser : String(value);
}
