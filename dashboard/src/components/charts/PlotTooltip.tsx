import classes from './Plot.module.css';
import { Swatch } from './patterns';
import type { Look } from './series';

export interface TooltipRow {
  label: string;
  value: string;
  look?: Look | undefined;
  isLine?: boolean | undefined;
}

interface PlotTooltipProps {
  title: string;
  rows: readonly TooltipRow[];
  note?: string | undefined;
  extra: readonly string[];
  x: number;
  slotWidth: number;
  width: number;
}

/** Beside the slot, on the side where there is more room. */
export function PlotTooltip({ title, rows, note, extra, x, slotWidth, width }: PlotTooltipProps) {
  const isRight = x + slotWidth / 2 < width / 2;
  const place = isRight ? { left: x + slotWidth + 6 } : { right: width - x + 6 };
  return (
    <div aria-hidden className={classes.tooltip} style={place}>
      <div className={classes.tooltipTitle}>{title}</div>
      {rows.map((row) => (
        <div key={row.label} className={classes.tooltipRow}>
          {row.look ? <Swatch look={row.look} line={row.isLine ?? false} /> : <span />}
          <span className={classes.tooltipLabel}>{row.label}</span>
          <span className={classes.tooltipValue}>{row.value}</span>
        </div>
      ))}
      {note ? <div className={classes.tooltipNote}>{note}</div> : null}
      {extra.map((line) => (
        <div key={line} className={classes.tooltipDeployed}>
          {line}
        </div>
      ))}
    </div>
  );
}
