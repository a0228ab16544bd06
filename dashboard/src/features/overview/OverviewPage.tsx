import { usePrefetchQuery, useQuery } from '@tanstack/react-query';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { HrefLink, logsHref } from '@/components/charts';
import { Page } from '@/components/PageHead';
import { RangePicker } from '@/components/RangePicker';
import { SkeletonRows } from '@/components/States';
import { CostCard, RequestsCard } from '@/features/analytics/Cards';
import { useCharted } from '@/features/analytics/charted';
import { GetStartedCorner } from '@/features/get-started/GetStartedCards';
import { useGetStarted } from '@/features/get-started/queries';
import { summaryQuery } from '@/features/routes/queries';
import { count } from '@/lib/number';
import { useReady } from '@/lib/ready';
import { stringifySearch, useUrlState, type UrlState } from '@/lib/url-state';
import { overview as text } from '@/text/overview';
import { cards } from '@/text/analytics';

import { Attention } from './Attention';
import { DemoNotice } from './Demo';
import { Deployments } from './Deployments';
import { Endpoint } from './Endpoint';
import { Expensive } from './Expensive';
import { FirstRun } from './FirstRun';
import { LimitedRescued } from './LimitedRescued';
import classes from './OverviewPage.module.css';
import { attentionQuery, limitedQuery, providersQuery } from './queries';
import { Tiles } from './Tiles';

/** Is it healthy, what did it cost, what is left to set up. */
export function OverviewPage() {
  const gateway = useGatewayId();
  const [search] = useUrlState();
  const charted = useCharted({ compare: true, slotsMax: 40 });
  const started = useGetStarted();
  const providers = useQuery(providersQuery(gateway));
  const { answer } = charted;
  // The panels ask for these once it is known that there is something to show; by then they are here.
  usePrefetchQuery(attentionQuery(gateway));
  usePrefetchQuery(limitedQuery(gateway, search));
  usePrefetchQuery(summaryQuery(gateway));
  useCrumbs(text.title);
  useReady(Boolean(answer && started.data));

  // Once each has answered or failed, the page shows its own states, also while what failed is asked again.
  const isSettled = [started, charted.query].every((query) => query.isSuccess || query.failureCount > 0 || query.errorUpdateCount > 0);
  const nobodyCalled = started.data && !started.data.steps.some((step) => (step.id === 'answer' || step.id === 'curl') && step.done);
  const isEmpty = answer?.total.requests === 0 && nobodyCalled && !search.start;
  if (!isSettled && !answer) return <SkeletonRows rows={6} height={60} />;
  if (isEmpty) return <FirstRun hasProviders={(providers.data?.length ?? 0) > 0} />;

  const total = answer?.total;
  const time = stringifySearch({ range: search.range, start: search.start, end: search.end });
  const withoutPrice = total?.requests_without_price ?? 0;
  const noPriceHref = logsHref(gateway, [{ key: 'no_price', operator: 'eq', value: [true] }], answer ? { start: Date.parse(answer.start), end: Date.parse(answer.end) } : {});
  return (
    <Page
      title={text.title}
      actions={
        <>
          <span className={classes.compared}>{comparedWith(search)}</span>
          <RangePicker />
        </>
      }
    >
      <DemoNotice mayBeThere={(total?.simulated_requests ?? 0) > 0} />
      <Tiles charted={charted} href={`/g/${encodeURIComponent(gateway)}/analytics${time}`} />
      <div className={classes.grid}>
        <RequestsCard charted={charted} />
        <CostCard charted={charted} legendEnd={withoutPrice > 0 ? <HrefLink href={noPriceHref}>{cards.cost.withoutPrice(count(withoutPrice))}</HrefLink> : undefined} />
        <Attention />
        <LimitedRescued charted={charted} />
        <Expensive charted={charted} />
        <div className={classes.column}>
          <Deployments charted={charted} />
          <GetStartedCorner />
        </div>
      </div>
      <div className={classes.endpoint}>
        <Endpoint />
      </div>
    </Page>
  );
}

function comparedWith(search: UrlState): string {
  if (search.start) return text.comparedWith.custom;
  const known: Record<string, string> = text.comparedWith;
  return known[search.range ?? '24h'] ?? text.comparedWith['24h'];
}
