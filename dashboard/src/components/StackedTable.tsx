import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './StackedTable.module.css';

export interface StackedColumn<Row> {
  /** Empty for the buttons of a row, which `name` then describes. */
  label: string;
  name?: string;
  isNumber?: boolean;
  cell: (row: Row) => ReactNode;
}

interface StackedTableProps<Row> {
  label: string;
  /** The first one is the heading of a row where rows are blocks. */
  columns: readonly StackedColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Cells of several lines begin at the same height. */
  isTall?: boolean;
}

/** A table whose rows become blocks of lines where columns have no room: nothing has to be scrolled sideways. */
export function StackedTable<Row>({ label, columns, rows, keyOf, isTall = false }: StackedTableProps<Row>) {
  return (
    <div className={classes.scroll}>
      <Table aria-label={label} className={classes.table} data-top={isTall || undefined}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.label} aria-label={column.name} data-number={column.isNumber || undefined}>
                {column.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map((column) => (
                <Table.Td key={column.label} data-label={column.label || undefined} data-number={column.isNumber || undefined}>
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
