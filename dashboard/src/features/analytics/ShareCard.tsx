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
  // What is simulated has a column of its own, where there is any: it is in no real sum, and no zero either.
  const isSimulated = list.some(({ total }) => total.simulated_cost_usd > 0);
  const table: ChartRows | undefined = answer && {
    head: [groups[grouping], text.requests, text.share, text.cost, ...(isSimulated ? [text.simulated] : [])],
    rows: list.map(({ key, label, total }) => {
      const { real, simulated } = moneyOf(total);
      const portion = total.requests / Math.max(1, all);
      return {
        shown: [label || words.without, count(total.requests), percent(portion), usd(real), ...(isSimulated ? [cards.cost.sim(usd(simulated))] : [])],
        cells: [label, total.requests, portion, real, ...(isSimulated ? [simulated] : [])],
        href: charted.href(filtersOfGroup(grouping, key, named)),
      };
    }),
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
