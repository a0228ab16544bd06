import { count } from '@/lib/number';
import { charts as text } from '@/text/analytics';

import { Plot, type Area, type PlotProps } from './Plot';
import classes from './Bars.module.css';
import { compactTick } from './format';
import { usePatterns } from './patterns';
import { slotTitle } from './format';
import { LOOKS, type Series, type Slot } from './series';
import { blockAt, stackMax, stackOf } from './stack';

export interface StackedBarsProps extends Pick<PlotProps, 'label' | 'slots' | 'zone' | 'height' | 'markers' | 'onZoom'> {
  /** From the bottom up. */
  series: readonly Series[];
  /** Exact, for the tooltip. */
  format?: (value: number) => string;
  formatTick?: (value: number) => string;
  whole?: boolean;
  /** The same measure in the period before, drawn as a broken line. */
  previous?: readonly (number | null)[] | undefined;
  /** Where a click on a slot, or on one series of it, leads. */
  hrefOf?: ((slot: Slot, seriesKey: string | null) => string | undefined) | undefined;
}

/** Stacked bars over time; a failed request among thousands is still seen. */
export function StackedBars({ series, format = count, formatTick = compactTick, whole = true, previous, hrefOf, ...plot }: StackedBarsProps) {
  const { slots, zone } = plot;
  const { defs, fillOf } = usePatterns(series.map(({ look }) => look));
  const looks = new Map(series.map(({ key, look }) => [key, look]));
  const max = Math.max(stackMax(series, slots.length), ...(previous ?? []).map((value) => value ?? 0));

  const blocksOf = (index: number, area: Area) => stackOf(series, index, area.height, area.yOf);
  return (
    <Plot
      {...plot}
      max={max}
      whole={whole}
      formatTick={formatTick}
      say={(index) => {
        const shown = series.filter(({ values }) => series.length <= 4 || (values[index] ?? 0) > 0);
        const before = previous?.[index];
        const rows = shown.toReversed().map(({ label, look, values }) => ({ label, look, value: format(values[index] ?? 0) }));
        if (before !== undefined && before !== null) rows.push({ label: text.previous, look: LOOKS.previous, value: format(before) });
        return { title: slotTitle(slots[index]!, zone), rows };
      }}
      hrefOf={
        hrefOf &&
        ((index, y, area) => {
          const block = y === null ? undefined : blockAt(blocksOf(index, area), y);
          return hrefOf(slots[index]!, block?.key ?? null);
        })
      }
    >
      {(area) => {
        const gap = Math.min(3.85, area.slotWidth * 0.28);
        const width = Math.max(1, area.slotWidth - gap);
        return (
          <>
            {defs}
            {slots.map((slot, index) =>
              blocksOf(index, area).map((block) => (
                <rect
                  key={`${slot.start} ${block.key}`}
                  className={classes.bar}
                  x={area.xOf(index) + gap / 2}
                  y={block.y}
                  width={width}
                  height={block.height}
                  rx={Math.min(1.5, block.height / 2, width / 2)}
                  fill={fillOf(looks.get(block.key)!)}
                />
              )),
            )}
            {previous ? <path className={classes.previous} d={steps(previous, area)} /> : null}
          </>
        );
      }}
    </Plot>
  );
}

/** A line of steps over the slots. */
function steps(values: readonly (number | null)[], area: Area): string {
  return values
    .map((value, index) => {
      if (value === null) return '';
      const from = area.xOf(index);
      const joined = index > 0 && values[index - 1] !== null;
      return `${joined ? 'L' : 'M'}${from.toFixed(1)} ${area.yOf(value).toFixed(1)}H${(from + area.slotWidth).toFixed(1)}`;
    })
    .join('');
}
