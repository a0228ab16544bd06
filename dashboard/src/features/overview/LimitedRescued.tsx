import { useQuery } from '@tanstack/react-query';

import { useGatewayId } from '@/app/gateway';
import { BarList, logsHref, type BarItem } from '@/components/charts';
import type { Charted } from '@/features/analytics/charted';
import { filtersOfEnding } from '@/features/analytics/groups';
import { count } from '@/lib/number';
import { useUrlState } from '@/lib/url-state';
import { limited as text } from '@/text/overview';

import { Panel } from './Panel';
import classes from './LimitedRescued.module.css';
import { limitedQuery, type Limited } from './queries';

const SHOWN_MAX = 4;

/** Which limits answered 429 or led aside, and what saved the requests that would have failed. */
export function LimitedRescued({ charted }: { charted: Charted }) {
  const gateway = useGatewayId();
  const [search] = useUrlState();
  const query = useQuery(limitedQuery(gateway, search));
  const time = search.start && search.end ? { start: Date.parse(search.start), end: Date.parse(search.end) } : { range: search.range ?? '24h' };
  const limits = (query.data?.limited ?? []).filter((item) => item.outcome !== 'watched').map((item): BarItem => {
    const label = item.outcome === '429' ? text.rejected(item.title) : text.redirected(item.title, item.to ?? text.elsewhere);
    const filters = [
      { key: 'route', operator: 'eq' as const, value: [item.route] },
      { key: 'node', operator: 'eq' as const, value: [item.node] },
      ...(item.outcome === '429' ? filtersOfEnding('limited') : [{ key: 'edge', operator: 'eq' as const, value: [`${item.node}:fallback`] }]),
    ];
    return { key: `${item.route} ${item.node} ${item.outcome}`, label, title: `${item.route}: ${label}`, value: item.count, href: logsHref(gateway, filters, time) };
  });
  const known = (query.data?.limited ?? []).reduce((sum, item) => sum + (item.outcome === '429' ? item.count : 0), 0);
  const others = (charted.answer?.total.limited ?? 0) - known;
  if (query.data && others > 0) limits.push({ key: 'others', label: text.rejected(text.otherLimits), value: others, href: charted.href(filtersOfEnding('limited')) });
  return (
    <Panel title={text.title} query={query} rows={6}>
      <Half title={text.limited} none={text.noneLimited} items={limits} color="var(--wp-chart-2)" />
      <hr className={classes.rule} />
      <Half title={text.rescued} none={text.noneRescued} items={rescues(query.data)} color="var(--wp-chart-1)" />
    </Panel>
  );
}

function rescues(data: Limited | undefined): BarItem[] {
  return (data?.rescued ?? []).map((item) => {
    const label = item.kind === 'retry' ? `${text.retry}: ${item.to}` : text.fallback(item.from, item.to);
    return { key: `${item.route} ${item.kind} ${item.from} ${item.to}`, label, title: item.route ? `${item.route}: ${label}` : label, value: item.count };
  });
}

function Half({ title, none, items, color }: { title: string; none: string; items: BarItem[]; color: string }) {
  const sum = items.reduce((total, item) => total + item.value, 0);
  const shown = items.slice(0, SHOWN_MAX);
  return (
    <div className={classes.half}>
      <p className={classes.sum}>
        <b>{count(sum)}</b> {title}
      </p>
      {items.length === 0 ? <p className={classes.none}>{none}</p> : <BarList items={shown} color={color} />}
      {items.length > shown.length ? <p className={classes.none}>{text.more(count(items.length - shown.length))}</p> : null}
    </div>
  );
}
