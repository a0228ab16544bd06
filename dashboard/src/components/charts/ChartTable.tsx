import { slotStart } from './format';
import type { Cell } from './csv';
import { HrefLink } from './HrefLink';
import classes from './ChartTable.module.css';
import type { Series, Slot } from './series';

/** The same numbers as text: what is shown, and what a file of them holds. */
export interface ChartRows {
  head: readonly string[];
  rows: readonly { shown: readonly string[]; cells: readonly Cell[]; href?: string | undefined }[];
}

interface SlotRows {
  slots: readonly Slot[];
  series: readonly Series[];
  zone: string;
  /** Words of the first two columns: the slot on screen and its start in the file. */
  head: string;
  format: (value: number) => string;
  unknown: string;
  hrefOf?: ((slot: Slot) => string | undefined) | undefined;
}

/** One row for each slot; times are the zone's on screen and UTC in the file. */
export function rowsOfSlots({ slots, series, zone, head, format, unknown, hrefOf }: SlotRows): ChartRows {
  return {
    head: [head, ...series.map(({ label }) => label)],
    rows: slots.map((slot, index) => {
      const values = series.map((one) => one.values[index] ?? null);
      return {
        shown: [slotStart(slot, zone), ...values.map((value) => (value === null ? unknown : format(value)))],
        cells: [new Date(slot.start).toISOString(), ...values],
        href: hrefOf?.(slot),
      };
    }),
  };
}

/** The table view of a chart. */
export function ChartTable({ table, label, height }: { table: ChartRows; label: string; height: number }) {
  return (
    // The scrolling part takes the focus, so that it can be scrolled by key.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} style={{ height }} tabIndex={0} role="region" aria-label={label}>
      <table className={classes.table}>
        <thead>
          <tr>
            {table.head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.shown[0]}>
              {row.shown.map((cell, index) =>
                index === 0 ? (
                  <th key={table.head[index]} scope="row">
                    {row.href ? <HrefLink href={row.href}>{cell}</HrefLink> : cell}
                  </th>
                ) : (
                  <td key={table.head[index]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
