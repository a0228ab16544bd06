import { duration } from '@/lib/number';

import { DASHES } from './patterns';
import { Plot, type Area, type PlotProps } from './Plot';
import { durationTick, slotTitle } from './format';
import classes from './Lines.module.css';
import type { Series, Slot } from './series';

export interface LinesProps extends Pick<PlotProps, 'label' | 'slots' | 'zone' | 'height' | 'markers' | 'onZoom'> {
  series: readonly Series[];
  format?: (value: number) => string;
  formatTick?: (value: number) => string;
  hrefOf?: ((slot: Slot) => string | undefined) | undefined;
}

/** Lines over time, for latency. Where nothing is known, the line has a hole. */
export function Lines({ series, format = duration, formatTick = durationTick, hrefOf, ...plot }: LinesProps) {
  const { slots, zone } = plot;
  const max = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return (
    <Plot
      {...plot}
      max={max}
      formatTick={formatTick}
      say={(index) => ({
        title: slotTitle(slots[index]!, zone),
        rows: series.map(({ label, look, values }) => ({ label, look, isLine: true, value: said(values[index], format) })),
      })}
      hrefOf={hrefOf && ((index) => hrefOf(slots[index]!))}
    >
      {(area) =>
        series.map(({ key, look, values }) => (
          <g key={key} stroke={look.color}>
            <path className={classes.line} d={pathOf(values, area)} strokeDasharray={DASHES[look.pattern]} />
            {values.map((value, index) =>
              value !== null && (index === area.active || isAlone(values, index)) ? (
                <circle key={slots[index]?.start} className={classes.point} cx={middle(area, index)} cy={area.yOf(value)} r={3} />
              ) : null,
            )}
          </g>
        ))
      }
    </Plot>
  );
}

function said(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

function isAlone(values: readonly (number | null)[], index: number): boolean {
  return (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
}

function middle(area: Area, index: number): number {
  return area.xOf(index) + area.slotWidth / 2;
}

function pathOf(values: readonly (number | null)[], area: Area): string {
  return values
    .map((value, index) => {
      if (value === null) return '';
      const command = index > 0 && values[index - 1] !== null ? 'L' : 'M';
      return `${command}${middle(area, index).toFixed(1)} ${area.yOf(value).toFixed(1)}`;
    })
    .join('');
}
