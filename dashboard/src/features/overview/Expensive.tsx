import { Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { useGatewayId } from '@/app/gateway';
import { HrefLink, logsHref, useOpen, type LogFilter } from '@/components/charts';
import { Money } from '@/components/Money';
import { ProviderMark } from '@/components/ProviderMark';
import { When } from '@/components/When';
import type { Charted } from '@/features/analytics/charted';
import { useUrlState } from '@/lib/url-state';
import { expensive as text } from '@/text/overview';

import classes from './Expensive.module.css';
import { Nothing, Panel } from './Panel';
import { expensiveFilters, expensiveQuery } from './queries';

interface Row {
  id: string;
  created_at: string;
  provider: string;
  model: string;
  cost?: number | null;
  custom_cost: boolean;
  metadata?: Record<string, unknown> | null;
  waypost: { simulated?: boolean };
}

/** Real money first; while there are only mock models, what they simulate, and it says so. */
export function Expensive({ charted, filters = [], rows = 8 }: { charted: Charted; filters?: readonly LogFilter[]; rows?: number }) {
  const gateway = useGatewayId();
  const [search] = useUrlState();
  const open = useOpen();
  const total = charted.answer?.total;
  const isSimulated = Boolean(total && total.requests > 0 && total.simulated_requests === total.requests);
  const ask = { time: search, filters, isSimulated, rows };
  const query = useQuery({ ...expensiveQuery(gateway, ask), enabled: !charted.query.isPending });
  const list = (query.data ?? []) as unknown as Row[];
  const all = `${logsHref(gateway, expensiveFilters(ask), { range: search.range })}&sort=cost`;
  return (
    <Panel title={text.title} query={query} rows={rows} end={<HrefLink href={all}>{text.all}</HrefLink>}>
      {list.length === 0 ? <Nothing>{text.none}</Nothing> : null}
      {list.length > 0 ? (
        <>
          {isSimulated ? <Nothing>{text.onlySimulated}</Nothing> : null}
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th className={classes.number}>{text.cost}</Table.Th>
                <Table.Th className={classes.user}>{text.user}</Table.Th>
                <Table.Th>{text.servedBy}</Table.Th>
                <Table.Th className={classes.number}>{text.time}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((row) => {
                const href = `/g/${encodeURIComponent(gateway)}/logs/${encodeURIComponent(row.id)}`;
                return (
                  <Table.Tr key={row.id} className={classes.row} onClick={(event) => open(href, event)}>
                    <Table.Td className={classes.cost}>
                      <Money amount={row.cost} isCustom={row.custom_cost} isSimulated={Boolean(row.waypost.simulated)} />
                    </Table.Td>
                    <Table.Td className={classes.user}>{userOf(row)}</Table.Td>
                    <Table.Td className={classes.model} title={`${row.provider}/${row.model}`}>
                      <span className={classes.served}>
                        <ProviderMark provider={row.provider} />
                        <span className={classes.cut}>{row.model}</span>
                      </span>
                    </Table.Td>
                    <Table.Td className={classes.time}>
                      <HrefLink href={href} onClick={(event) => event.stopPropagation()}>
                        <When at={row.created_at} />
                      </HrefLink>
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </>
      ) : null}
    </Panel>
  );
}

/** Who it was, as far as the request said. */
function userOf(row: Row): string {
  const metadata = row.metadata ?? {};
  const value = metadata.user_id ?? metadata.user ?? metadata.userId ?? metadata.email;
  return value === undefined || value === null ? text.unknownUser : String(value);
}
