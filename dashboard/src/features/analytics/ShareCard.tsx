import { BarList, ChartCard, NONE, OTHER, type ChartRows } from '@/components/charts';
import { ProviderMark } from '@/components/ProviderMark';
import { usd } from '@/lib/money';
import { count, percent } from '@/lib/number';
import { cards, groups, series as words, share as text } from '@/text/analytics';

import { useCharted } from './charted';
import { filtersOfGroup } from './groups';
import { moneyOf } from './money';
import classes from './ShareCard.module.css';

/** Who served the requests: name, number, share. */
export function ShareCard({ grouping }: { grouping: 'model' | 'provider' }) {
  const charted = useCharted({ grouping, isTotalOnly: true });
  const { answer } = charted;
  const all = answer?.total.requests ?? 0;
  const list = answer?.series ?? [];
  const named = list.map(({ key }) => key);
  const card = grouping === 'model' ? cards.models : cards.providers;
  const table: ChartRows | undefined = answer && {
    head: [groups[grouping], text.requests, text.share, text.cost],
    rows: list.map(({ key, label, total }) => ({
      shown: [label || words.without, count(total.requests), percent(total.requests / Math.max(1, all)), usd(moneyOf(total).real)],
      cells: [label, total.requests, total.requests / Math.max(1, all), moneyOf(total).real],
      href: charted.href(filtersOfGroup(grouping, key, named)),
    })),
  };
  return (
    <ChartCard title={card.title} info={card.info} query={charted.query} fileName={`${charted.gateway}-${grouping}s`} empty={answer && all === 0 ? card.empty : undefined} table={table} height={120}>
      <div className={classes.list}>
        <BarList
          max={Math.max(1, all)}
          items={list.map(({ key, label, total }) => ({
            key,
            title: label || words.without,
            label: (
              <span className={classes.name}>
                {grouping === 'provider' && key !== OTHER && key !== NONE ? <ProviderMark provider={key} /> : null}
                {label || words.without}
              </span>
            ),
            value: total.requests,
            href: charted.href(filtersOfGroup(grouping, key, named)),
          }))}
          format={(value) => `${count(value)} · ${percent(value / Math.max(1, all))}`}
        />
      </div>
    </ChartCard>
  );
}
