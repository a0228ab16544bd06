import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, type MouseEvent } from 'react';

import { useTimeZone } from '@/app/gateway';
import type { RouteDocument } from '@/features/route-editor/model/types';
import { clock, dayAndTime } from '@/lib/time';
import { When } from '@/components/When';
import { visible } from '@/lib/plain-text';
import { logsText as text } from '@/text/logs';

import type { Order, OrderKey } from './address';
import { Cost, PathWords, Served, Status, Took, type Column } from './columns';
import classes from './LogTable.module.css';
import type { Density } from './preferences';
import type { Gap } from './queries';
import { servedModel, userOf, type LogRow } from './row';

interface LogTableProps {
  gateway: string;
  rows: readonly LogRow[];
  gaps: readonly Gap[];
  columns: readonly Column[];
  /** Two lines a row: there is no room for columns. */
  asCards: boolean;
  density: Density;
  documents: ReadonlyMap<string, RouteDocument>;
  order: Order;
  onOrder: (order: Order) => void;
  /** Id of the open log. */
  open: string | undefined;
  onOpen: (id: string) => void;
  search: Record<string, string | undefined>;
}

/** The rows. Each is one link: a click opens the panel, a click with Ctrl a new tab. */
export function LogTable(props: LogTableProps) {
  const { rows, columns, asCards, density, order, onOrder, gaps, open } = props;
  const openRow = useRef<HTMLElement>(null);
  useEffect(() => {
    openRow.current?.scrollIntoView({ block: 'nearest' });
  }, [open]);
  const gapsAfter = placeGaps(rows, gaps, order);
  const refOf = (row: LogRow) => (row.id === open ? openRow : undefined);
  if (asCards) {
    return (
      <ul className={classes.cards} aria-label={text.table}>
        {rows.map((row) => (
          <Card key={row.id} {...props} row={row} rowRef={refOf(row) as React.RefObject<HTMLLIElement> | undefined} />
        ))}
      </ul>
    );
  }
  return (
    <table className={classes.table} data-density={density} aria-label={text.table}>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.key} column={column} order={order} onOrder={onOrder} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <Row key={row.id} {...props} row={row} rowRef={refOf(row) as React.RefObject<HTMLTableRowElement> | undefined} gapsBelow={gapsAfter.get(index)} />
        ))}
      </tbody>
    </table>
  );
}

function Head({ column, order, onOrder }: { column: Column; order: Order; onOrder: (order: Order) => void }) {
  const { sort, label, shortLabel, isNumber } = column;
  const isSorted = sort !== undefined && order.by === sort;
  const Icon = order.isDescending ? IconChevronDown : IconChevronUp;
  const words = <span title={shortLabel ? label : undefined}>{shortLabel ?? label}</span>;
  return (
    <th scope="col" data-number={isNumber || undefined} aria-sort={isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined}>
      {sort ? (
        <button type="button" className={classes.sort} aria-label={isSorted ? text.sortedBy(label, order.isDescending) : text.sortBy(label)} onClick={() => onOrder(nextOrder(sort, order))}>
          {words}
          {isSorted ? <Icon aria-hidden size={12} stroke={2} /> : null}
        </button>
      ) : (
        words
      )}
    </th>
  );
}

function nextOrder(by: OrderKey, order: Order): Order {
  return order.by === by ? { by, isDescending: !order.isDescending } : { by, isDescending: true };
}

type RowProps<E> = LogTableProps & { row: LogRow; rowRef: React.RefObject<E> | undefined };

function Row({ gateway, row, rowRef, columns, documents, open, onOpen, search, gapsBelow }: RowProps<HTMLTableRowElement> & { gapsBelow: Gap[] | undefined }) {
  const document = documents.get(row.waypost.route?.version_id ?? '');
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the link in its first cell is what the keyboard reaches */}
      <tr ref={rowRef} className={classes.row} onClick={followLink} data-open={row.id === open || undefined} data-testid={`log-${row.id}`}>
        {columns.map((column, index) => (
          <td key={column.key} data-number={column.isNumber || undefined}>
            {index === 0 ? (
              <RowLink gateway={gateway} row={row} isOpen={row.id === open} onOpen={onOpen} search={search}>
                {column.cell(row, document)}
              </RowLink>
            ) : (
              <div className={classes.cell} style={{ maxWidth: Math.max(column.width, 120) * 1.5 }}>
                {column.cell(row, document)}
              </div>
            )}
          </td>
        ))}
      </tr>
      {gapsBelow?.map((gap) => (
        <GapRow key={gap.from} gap={gap} columns={columns.length} />
      ))}
    </>
  );
}

/** Values lie over the link that covers the row, so that their own buttons are reached: a click on their text means the row as well. */
function followLink({ target, currentTarget, ctrlKey, metaKey, shiftKey }: MouseEvent<HTMLTableRowElement>) {
  if ((target as Element).closest('a, button') || window.getSelection()?.toString()) return;
  currentTarget.querySelector('a')?.dispatchEvent(new window.MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
}

function RowLink({ gateway, row, isOpen, onOpen, search, children }: Pick<LogTableProps, 'gateway' | 'onOpen' | 'search'> & { row: LogRow; isOpen: boolean; children: React.ReactNode }) {
  const zone = useTimeZone();
  const name = [clock(row.created_at, zone), row.status_code, servedModel(row) ?? text.none, userOf(row)].filter(Boolean).join(', ');
  const onClick = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(row.id);
  };
  return (
    <Link
      to={'/g/$gw/logs/$log' as string}
      params={{ gw: gateway, log: row.id } as never}
      search={search as never}
      preload={false}
      className={classes.link}
      aria-label={visible(name)}
      aria-current={isOpen || undefined}
      onClick={onClick}
    >
      {children}
    </Link>
  );
}

function Card({ gateway, row, rowRef, documents, open, onOpen, search }: RowProps<HTMLLIElement>) {
  const user = userOf(row);
  return (
    <li ref={rowRef} className={classes.card} data-open={row.id === open || undefined} data-testid={`log-${row.id}`}>
      <RowLink gateway={gateway} row={row} isOpen={row.id === open} onOpen={onOpen} search={search}>
        <span className={classes.cardLine}>
          <Status row={row} />
          <Served row={row} most={18} />
          <span className={classes.grow} />
          <Cost row={row} />
        </span>
        <span className={classes.cardLine}>
          <When at={row.created_at} as="clock" />
          <span className={classes.cardPath}>
            <PathWords row={row} document={documents.get(row.waypost.route?.version_id ?? '')} />
            {user === undefined ? null : <bdi className={classes.quiet}> · {visible(user)}</bdi>}
          </span>
          <span className={classes.quiet}>
            <Took row={row} />
          </span>
        </span>
      </RowLink>
    </li>
  );
}

function GapRow({ gap, columns }: { gap: Gap; columns: number }) {
  const zone = useTimeZone();
  return (
    <tr className={classes.gap}>
      <td colSpan={columns}>{text.gap(gap.count, dayAndTime(gap.from, zone), dayAndTime(gap.to, zone), text.gapReasons[gap.reason] ?? gap.reason)}</td>
    </tr>
  );
}

/** Gaps stand where their time is; in any other order than by time they cannot. */
function placeGaps(rows: readonly LogRow[], gaps: readonly Gap[], order: Order): Map<number, Gap[]> {
  const placed = new Map<number, Gap[]>();
  if (order.by !== 'created_at') return placed;
  for (const gap of gaps) {
    const at = rows.findLastIndex((row) => (order.isDescending ? row.created_at >= gap.to : row.created_at <= gap.from));
    if (at >= 0) placed.set(at, [...(placed.get(at) ?? []), gap]);
  }
  return placed;
}
