/** The charts of Analytics alone. */
import { ChartCard, LOOKS, Lines, rowsOfSlots, StackedBars } from '@/components/charts';
import { compact, count, duration } from '@/lib/number';
import { cards as text, charts } from '@/text/analytics';

import { slotsOf } from './buckets';
import { BarsCard, fileName, filtersOf, hrefOfPart, type CardProps } from './Cards';
import { groupsOf, p95Lines, quantileLines, type LatencyName } from './series';

/** Every bucket of the API is a point of its own. */
const POINTS_MAX = 400;

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
  const slots = answer ? slotsOf(answer, zone, POINTS_MAX) : charted.slots;
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
  const errors = answer?.series ?? [];
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
        hrefOf={(slot, key) => hrefOfPart(charted, slot, key === null ? [] : filtersOf(charted, 'endings', key))}
        {...(height ? { height } : {})}
      />
    </ChartCard>
  );
}
