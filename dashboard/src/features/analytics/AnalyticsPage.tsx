import { Select, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { FilterBar, readFilters, writeFilters } from '@/components/FilterBar';
import { Page } from '@/components/PageHead';
import { RangePicker } from '@/components/RangePicker';
import { LOG_FIELDS } from '@/features/logs/fields';
import { Expensive } from '@/features/overview/Expensive';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { page as text } from '@/text/analytics';

import classes from './AnalyticsPage.module.css';
import { Banners } from './Banners';
import { CostCard, RequestsCard } from './Cards';
import { useCharted } from './charted';
import { groupingOf, groupings } from './groups';
import { ErrorsCard, LatencyCard, LimitedCard, RescuedCard, TokensCard } from './MoreCards';
import { seenQuery } from './queries';
import { ShareCard } from './ShareCard';
import { Totals } from './Totals';

/** It speaks of flows, whose code the charts do without. */
const SplitsCard = lazy(() => import('./SplitsCard'));

/** Trends, split by anything. Everything that is chosen stands in the address. */
export function AnalyticsPage() {
  const [search, setSearch] = useUrlState();
  const grouping = groupingOf(search.group);
  const isCompared = search.compare === '1';
  const charted = useCharted({ grouping, compare: true, compareBuckets: isCompared });
  const errors = useCharted({ grouping: 'error' });
  useCrumbs(text.title);
  useReady(Boolean(charted.answer));
  const filters = readFilters(search.filters);
  return (
    <Page title={text.title} actions={<RangePicker />}>
      <div className={classes.tools}>
        <div className={classes.filters}>
          <FilterBar label={text.filters} fields={LOG_FIELDS} filters={filters} onFilters={(next) => setSearch({ filters: writeFilters(next) })} />
        </div>
        <GroupSelect />
        <Switch
          label={text.compare}
          checked={isCompared}
          disabled={grouping !== 'none'}
          onChange={(event) => setSearch({ compare: event.currentTarget.checked ? '1' : undefined })}
        />
      </div>
      <Banners charted={charted} />
      {isCompared && grouping === 'none' ? <Totals charted={charted} /> : null}
      <div className={classes.grid}>
        <RequestsCard charted={charted} height={HEIGHT} />
        <CostCard charted={charted} height={HEIGHT} />
        <TokensCard charted={charted} height={HEIGHT} />
        <LatencyCard charted={charted} height={HEIGHT} name="duration_ms" />
        <LatencyCard charted={charted} height={HEIGHT} name="first_token_ms" />
        <ErrorsCard charted={errors} height={HEIGHT} />
        <LimitedCard charted={charted} height={HEIGHT} />
        <RescuedCard charted={charted} height={HEIGHT} />
        <ShareCard grouping="model" />
        <ShareCard grouping="provider" />
        <div className={classes.wide}>
          <Expensive charted={charted} filters={filters} rows={10} />
        </div>
        <Suspense fallback={null}>
          <SplitsCard filters={filters} />
        </Suspense>
      </div>
    </Page>
  );
}

const HEIGHT = 220;

function GroupSelect() {
  const [search, setSearch] = useUrlState();
  const grouping = groupingOf(search.group);
  const { data: seen } = useQuery(seenQuery(useGatewayId()));
  const keys = (seen?.metadata ?? []).map(({ key }) => key);
  return (
    <Select
      aria-label={text.groupBy}
      leftSection={<span className={classes.prefix}>{text.groupBy}</span>}
      leftSectionWidth={72}
      leftSectionPointerEvents="none"
      w={236}
      data={groupings(keys, grouping)}
      value={grouping}
      allowDeselect={false}
      searchable={keys.length > 12}
      onChange={(value) => setSearch({ group: value === 'none' ? undefined : (value ?? undefined) })}
    />
  );
}
