/** The charts of Overview and Analytics. */
import { ChartCard, LOOKS, Lines, MoneyBars, rowsOfSlots, StackedBars, type LegendItem } from '@/components/charts';
import { usd } from '@/lib/money';
import { compact, count, duration } from '@/lib/number';
import { cards as text, charts } from '@/text/analytics';

import { slotsOf } from './buckets';
import type { Charted } from './charted';
import { filtersOfEnding, filtersOfGroup } from './groups';
import { groupsOf, p95Lines, partsOf, previousOf, quantileLines, type LatencyName, type PartsName, type Totalled } from './series';

interface CardProps {
  charted: Charted;
  height?: number;
}

const SERIES_MAX_FOR_MARKS = 400;

/** Which rows a series of this chart stands for. */
function filtersOf(charted: Charted, name: PartsName, key: string) {
  if (charted.grouping !== 'none') return filtersOfGroup(charted.grouping, key, charted.answer?.series.map((series) => series.key) ?? []);
  if (name === 'endings') return filtersOfEnding(key);
  if (name === 'limits' && key === 'rejected') return filtersOfEnding('limited');
  if (key === 'custom') return [{ key: 'custom_cost', operator: 'eq' as const, value: [true] }];
  if (key === 'simulated') return [{ key: 'simulated', operator: 'eq' as const, value: [true] }];
  return [];
}

interface BarsProps extends CardProps {
  name: PartsName;
  words: { title: string; info: string; empty: string };
  isMoney?: boolean;
  formatTotal?: (value: number) => string;
  legendEnd?: React.ReactNode;
}

/** Bars over time, split by what the page is grouped by. */
function BarsCard({ charted, height, name, words, isMoney = false, formatTotal = count, legendEnd }: BarsProps) {
  const { answer, slots, zone, previous } = charted;
  const isGrouped = charted.grouping !== 'none';
  const series: Totalled[] = answer ? (isGrouped ? groupsOf : partsOf)(name, answer, slots) : [];
  const linkOf = (key: string | null) => (key === null ? [] : filtersOf(charted, name, key));
  const legend: LegendItem[] = series.map(({ key, label, look, total }) => ({ key, label, look, value: formatTotal(total), href: charted.href(linkOf(key)) }));
  const Bars = isMoney ? MoneyBars : StackedBars;
  const before = previous && !isGrouped ? previousOf(name, previous, slotsOf(previous, zone, slots.slots.length), slots) : undefined;
  return (
    <ChartCard
      title={words.title}
      info={words.info}
      query={charted.query}
      fileName={fileName(words.title, charted)}
      legend={legend}
      legendEnd={legendEnd}
      empty={answer && series.every(({ total }) => total === 0) ? words.empty : undefined}
      table={answer && rowsOfSlots({ slots: slots.slots, series, zone, head: charts.time, format: isMoney ? usd : count, unknown: charts.unknown, hrefOf: charted.hrefOfSlot })}
      {...(height ? { height } : {})}
    >
      <Bars
        label={charts.overTime(words.title)}
        slots={slots.slots}
        series={series}
        zone={zone}
        markers={charted.markers}
        previous={before}
        onZoom={charted.onZoom}
        hrefOf={(slot, key) => charted.hrefOfSlot(slot, linkOf(key))}
        {...(height ? { height } : {})}
      />
    </ChartCard>
  );
}

/** `requests-2026-11-20-2026-11-21` */
function fileName(title: string, { answer, gateway }: Charted): string {
  const days = answer ? [answer.start.slice(0, 10), answer.end.slice(0, 10)] : [];
  return [gateway, title.toLowerCase().replaceAll(/\W+/g, '-'), ...days].join('-');
}

export function RequestsCard(props: CardProps) {
  return <BarsCard {...props} name="endings" words={text.requests} />;
}

export function CostCard({ legendEnd, ...props }: CardProps & { legendEnd?: React.ReactNode }) {
  return <BarsCard {...props} name="money" words={text.cost} isMoney formatTotal={usd} legendEnd={legendEnd} />;
}

export function TokensCard(props: CardProps) {
  return <BarsCard {...props} name="tokens" words={text.tokens} formatTotal={compact} />;
}

export function RescuedCard(props: CardProps) {
  return <BarsCard {...props} name="rescues" words={text.rescued} />;
}

export function LimitedCard(props: CardProps) {
  return <BarsCard {...props} name="limits" words={text.limited} />;
}

/** Quantiles of everything, or the p95 of each group. */
export function LatencyCard({ charted, height, name }: CardProps & { name: LatencyName }) {
  const { answer, zone } = charted;
  const isGrouped = charted.grouping !== 'none';
  const words = name === 'duration_ms' ? text.latency : text.firstToken;
  const title = isGrouped ? text.p95(words.title) : words.title;
  // Quantiles of several buckets cannot be put together, so every bucket is a point of its own.
  const slots = answer ? slotsOf(answer, zone, SERIES_MAX_FOR_MARKS) : charted.slots;
  const lines = answer ? (isGrouped ? p95Lines : quantileLines)(name, answer, slots) : [];
  const legend = lines.map(({ key, label, look, total }) => ({
    key,
    label,
    look,
    isLine: true,
    value: total === null ? charts.unknown : duration(total),
    href: isGrouped ? charted.href(filtersOf(charted, 'endings', key)) : undefined,
  }));
  return (
    <ChartCard
      title={title}
      info={words.info}
      query={charted.query}
      fileName={fileName(title, charted)}
      legend={legend}
      empty={answer && lines.every(({ values }) => values.every((value) => value === null)) ? words.empty : undefined}
      table={answer && rowsOfSlots({ slots: slots.slots, series: lines, zone, head: charts.time, format: duration, unknown: charts.unknown, hrefOf: charted.hrefOfSlot })}
      {...(height ? { height } : {})}
    >
      <Lines
        label={charts.overTime(title)}
        slots={slots.slots}
        series={lines}
        zone={zone}
        markers={charted.markers}
        onZoom={charted.onZoom}
        hrefOf={(slot) => charted.hrefOfSlot(slot)}
        {...(height ? { height } : {})}
      />
    </ChartCard>
  );
}

/** Everything that was not answered, by the type of error. */
export function ErrorsCard({ charted, height }: CardProps) {
  const { answer, slots, zone } = charted;
  const errors = answer?.series.filter((series) => series.key !== '') ?? [];
  const series = answer ? groupsOf('endings', { ...answer, series: errors }, slots) : [];
  const looks = [LOOKS.failed, LOOKS.limited];
  const shown = series.map((one, index) => ({ ...one, heightMin: 3, look: looks[index] ?? one.look }));
  return (
    <ChartCard
      title={text.errors.title}
      info={text.errors.info}
      query={charted.query}
      fileName={fileName(text.errors.title, charted)}
      legend={shown.map(({ key, label, look, total }) => ({ key, label, look, value: count(total), href: charted.href(filtersOf(charted, 'endings', key)) }))}
      empty={answer && shown.length === 0 ? text.errors.empty : undefined}
      table={answer && rowsOfSlots({ slots: slots.slots, series: shown, zone, head: charts.time, format: count, unknown: charts.unknown, hrefOf: charted.hrefOfSlot })}
      {...(height ? { height } : {})}
    >
      <StackedBars
        label={charts.overTime(text.errors.title)}
        slots={slots.slots}
        series={shown}
        zone={zone}
        markers={charted.markers}
        onZoom={charted.onZoom}
        hrefOf={(slot, key) => charted.hrefOfSlot(slot, key === null ? [] : filtersOf(charted, 'endings', key))}
        {...(height ? { height } : {})}
      />
    </ChartCard>
  );
}
