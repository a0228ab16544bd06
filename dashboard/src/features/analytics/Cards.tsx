/** The charts that Overview and Analytics share. */
import { ChartCard, MoneyBars, rowsOfSlots, StackedBars, type LegendItem, type LogFilter, type Slot } from '@/components/charts';
import { usd } from '@/lib/money';
import { count } from '@/lib/number';
import { cards as text, charts } from '@/text/analytics';

import { slotsOf } from './buckets';
import type { Charted } from './charted';
import { filtersOfEnding, filtersOfGroup } from './groups';
import { isAllSimulated, moneyWords } from './money';
import { groupsOf, partsOf, previousOf, type PartsName, type Totalled } from './series';

export interface CardProps {
  charted: Charted;
  height?: number;
}

/** Which rows a series of this chart stands for. */
export function filtersOf(charted: Charted, name: PartsName, key: string) {
  if (charted.grouping !== 'none') return filtersOfGroup(charted.grouping, key, charted.answer?.series.map((series) => series.key) ?? []);
  if (name === 'endings') return filtersOfEnding(key);
  if (name === 'limits' && key === 'rejected') return filtersOfEnding('limited');
  if (key === 'custom') return [{ key: 'custom_cost', operator: 'eq' as const, value: [true] }];
  if (key === 'simulated') return [{ key: 'simulated', operator: 'eq' as const, value: [true] }];
  return [];
}

/** Logs with the rows of one series in one slot; nowhere, where filters cannot say which. */
export function hrefOfPart(charted: Charted, slot: Slot, filters: readonly LogFilter[] | undefined): string | undefined {
  return filters && charted.hrefOfSlot(slot, filters);
}

interface BarsProps extends CardProps {
  name: PartsName;
  words: { title: string; info: string; empty: string };
  formatTotal?: (value: number) => string;
  legendEnd?: React.ReactNode;
}

/** Bars over time, split by what the page is grouped by. */
export function BarsCard({ charted, height, name, words, formatTotal = count, legendEnd }: BarsProps) {
  const { answer, slots, zone, previous } = charted;
  const isGrouped = charted.grouping !== 'none';
  const isMoney = name === 'money';
  // Groups are drawn by their real money, or by what is simulated while there is nothing else.
  const mark = isMoney && isGrouped && answer !== undefined && isAllSimulated(answer.total) ? text.cost.sim : undefined;
  const format = !isMoney ? count : mark ? (amount: number) => mark(usd(amount)) : usd;
  const series: Totalled[] = !answer ? [] : isGrouped ? groupsOf(name, answer, slots) : partsOf(name, answer, slots, charted.real);
  const linkOf = (key: string | null) => (key === null ? [] : filtersOf(charted, name, key));
  const totalOf = (at: number, total: number) => (isMoney ? (isGrouped && answer ? moneyWords(answer.series[at]!.total) : usd(total)) : formatTotal(total));
  const legend: LegendItem[] = series.map(({ key, label, look, total }, at) => ({ key, label, look, value: totalOf(at, total), href: charted.href(linkOf(key)) }));
  const before = answer && previous && !isGrouped ? previousOf(name, answer, previous, slotsOf(previous, zone, slots.slots.length), slots) : undefined;
  const bars = {
    label: charts.overTime(words.title),
    slots: slots.slots,
    series,
    zone,
    markers: charted.markers,
    previous: before,
    onZoom: charted.onZoom,
    hrefOf: (slot: Slot, key: string | null) => hrefOfPart(charted, slot, linkOf(key)),
    ...(height ? { height } : {}),
  };
  return (
    <ChartCard
      title={words.title}
      info={words.info}
      query={charted.query}
      fileName={fileName(words.title, charted)}
      legend={legend}
      legendEnd={legendEnd}
      empty={answer && series.every(({ total }) => total === 0) ? words.empty : undefined}
      table={answer && rowsOfSlots({ slots: slots.slots, series, zone, head: charts.time, format, unknown: charts.unknown, hrefOf: charted.hrefOfSlot })}
      {...(height ? { height } : {})}
    >
      {isMoney ? <MoneyBars {...bars} mark={mark} /> : <StackedBars {...bars} />}
    </ChartCard>
  );
}

/** `requests-2026-11-20-2026-11-21` */
export function fileName(title: string, { answer, gateway }: Charted): string {
  const days = answer ? [answer.start.slice(0, 10), answer.end.slice(0, 10)] : [];
  return [gateway, title.toLowerCase().replaceAll(/\W+/g, '-'), ...days].join('-');
}

export function RequestsCard(props: CardProps) {
  return <BarsCard {...props} name="endings" words={text.requests} />;
}

export function CostCard(props: CardProps & { legendEnd?: React.ReactNode }) {
  return <BarsCard {...props} name="money" words={text.cost} />;
}
