/** How the branches of a split did, beside the charts of everything. The address says which split: `?split=<route>:<node>`. */
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useGatewayId } from '@/app/gateway';
import { HrefLink, type LogFilter } from '@/components/charts';
import { splitsQuery } from '@/features/route-editor/insight';
import { Results } from '@/features/route-editor/results/Results';
import { Nothing, Panel } from '@/features/overview/Panel';
import { useUrlState } from '@/lib/url-state';
import { splits as text } from '@/text/analytics';

import { splitsOfRoutesQuery, splitsShown, windowOf } from './splits';
import classes from './SplitsCard.module.css';

export default function SplitsCard({ filters }: { filters: readonly LogFilter[] }) {
  const gateway = useGatewayId();
  const [search, setSearch] = useUrlState();
  const all = useQuery(splitsOfRoutesQuery(gateway));
  const window = useMemo(() => windowOf(search, Date.now()), [search.range, search.start]);
  const shown = splitsShown(all.data ?? [], filters);
  const chosen = shown.find(({ key }) => key === search.split) ?? shown[0];
  const results = useQuery({ ...splitsQuery(gateway, chosen?.routeId ?? '', chosen?.element.id ?? '', window), enabled: chosen !== undefined });
  if (!chosen) return null;
  const { data } = results;
  const isEmpty = data?.branches.every(({ requests }) => requests === 0);
  const notes = [search.end ? text.upToNow : '', filters.length > 0 ? text.unfiltered : ''].filter((note) => note !== '');
  return (
    <div className={classes.wide}>
      <Panel
        title={text.title}
        query={results}
        rows={3}
        end={<HrefLink href={`/g/${encodeURIComponent(gateway)}/routes/${encodeURIComponent(chosen.route)}?node=${encodeURIComponent(chosen.element.id)}`}>{text.open}</HrefLink>}
      >
        <div className={classes.body}>
          <Select
            aria-label={text.choose}
            className={classes.choice ?? ''}
            data={shown.map(({ key, route, title }) => ({ value: key, label: text.name(route, title) }))}
            value={chosen.key}
            allowDeselect={false}
            searchable={shown.length > 12}
            onChange={(key) => setSearch({ split: key === shown[0]?.key ? undefined : (key ?? undefined) })}
          />
          {notes.map((note) => (
            <p key={note} className={classes.note}>
              {note}
            </p>
          ))}
          {data === undefined ? null : isEmpty ? <Nothing>{text.none}</Nothing> : <Results data={data} serving={chosen.element} />}
        </div>
      </Panel>
    </div>
  );
}
