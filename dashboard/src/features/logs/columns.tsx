import { IconCircleCheck, IconCircleX, IconHandStop, IconPlugX } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { Filterable } from '@/components/FilterBar';
import { Money } from '@/components/Money';
import { ProviderMark } from '@/components/ProviderMark';
import { When } from '@/components/When';
import type { RouteDocument } from '@/features/route-editor/model/types';
import { count, duration } from '@/lib/number';
import { cutMiddle, visible } from '@/lib/plain-text';
import { logsText as text } from '@/text/logs';

import type { OrderKey } from './address';
import classes from './LogTable.module.css';
import { endingOf, servedModel, userOf, type Ending, type LogRow } from './row';
import { shortPath } from './trail';

export type ColumnKey = 'time' | 'status' | 'route' | 'path' | 'served' | 'user' | 'metadata' | 'key' | 'tokens' | 'cost' | 'duration' | 'firstToken' | 'attempts';

export interface Column {
  key: ColumnKey;
  label: string;
  shortLabel?: string;
  isNumber?: boolean;
  sort?: OrderKey;
  /** Pixels that it needs at least. */
  width: number;
  cell: (row: LogRow, document: RouteDocument | undefined) => ReactNode;
}

const ICONS = { answered: IconCircleCheck, limited: IconHandStop, failed: IconCircleX, interrupted: IconPlugX } as const;

/** Icon and number; the word is there for those who do not see the icon. */
export function Status({ row }: { row: LogRow }) {
  const ending: Ending = endingOf(row);
  const Icon = ICONS[ending];
  return (
    <span className={classes.status} data-ending={ending} title={text.endings[ending]}>
      <Icon aria-hidden size={14} stroke={1.75} />
      <span>{row.status_code}</span>
      <span className={classes.hidden}>{text.endings[ending]}</span>
    </span>
  );
}

export function Served({ row, most = 26 }: { row: LogRow; most?: number }) {
  if (!servedModel(row)) return <span className={classes.quiet}>{text.none}</span>;
  return (
    <span className={classes.served}>
      <ProviderMark provider={row.provider} />
      <bdi title={visible(`${row.provider}/${row.model}`)}>{cutMiddle(visible(row.model), most)}</bdi>
    </span>
  );
}

export function Cost({ row }: { row: LogRow }) {
  return <Money amount={row.cost} isCustom={row.custom_cost} isSimulated={row.waypost.simulated} />;
}

/** Refusals take less than the millisecond that durations are counted in; our own time is known more closely. */
export function Took({ row }: { row: LogRow }) {
  return duration(row.duration === 0 ? row.waypost.overhead_us / 1_000 : row.duration);
}

/** Not known, or nothing there to know; the title says which. */
function Dash({ why }: { why: string }) {
  return (
    <span className={classes.quiet} title={why}>
      –
    </span>
  );
}

export function PathWords({ row, document }: { row: LogRow; document: RouteDocument | undefined }) {
  const { route } = row.waypost;
  if (!route) return <span className={classes.quiet}>{visible(row.waypost.requested_model) || '–'}</span>;
  const path = shortPath(route, document);
  return (
    <bdi title={[path.detour, path.end].filter(Boolean).join(' → ')}>
      {path.detour ? <span className={classes.quiet}>{path.detour} → </span> : null}
      {path.end || text.none}
    </bdi>
  );
}

const USER_FIELD = 'metadata.user_id';

export const COLUMNS: readonly Column[] = [
  { key: 'time', label: text.columns.time, sort: 'created_at', width: 80, cell: (row) => <When at={row.created_at} as="clock" /> },
  {
    key: 'status',
    label: text.columns.status,
    width: 66,
    cell: (row) => (
      <Filterable inTable field="status_code" value={row.status_code}>
        <Status row={row} />
      </Filterable>
    ),
  },
  {
    key: 'route',
    label: text.columns.route,
    width: 150,
    cell: ({ waypost: { route } }) =>
      route ? (
        <Filterable inTable field="route" value={route.name}>
          <bdi>
            {visible(route.name)} <span className={classes.quiet}>v{route.version}</span>
          </bdi>
        </Filterable>
      ) : (
        <Dash why={text.details.noRoute} />
      ),
  },
  { key: 'path', label: text.columns.path, width: 132, cell: (row, document) => <PathWords row={row} document={document} /> },
  {
    key: 'served',
    label: text.columns.served,
    sort: 'model',
    width: 136,
    cell: (row) =>
      servedModel(row) ? (
        <Filterable inTable field="model" value={row.model}>
          <Served row={row} most={20} />
        </Filterable>
      ) : (
        <Served row={row} />
      ),
  },
  {
    key: 'user',
    label: text.columns.user,
    width: 92,
    cell: (row) => {
      const user = userOf(row);
      if (user === undefined) return <Dash why={text.noUser} />;
      return (
        <Filterable inTable field={USER_FIELD} value={user}>
          <bdi title={visible(user)}>{cutMiddle(visible(user), 24)}</bdi>
        </Filterable>
      );
    },
  },
  {
    key: 'metadata',
    label: text.columns.metadata,
    width: 150,
    cell: (row) => (
      <span className={classes.chips}>
        {Object.entries(row.metadata ?? {})
          .filter(([key]) => key !== 'user_id')
          .slice(0, 3)
          .map(([key, value]) => (
            <Filterable key={key} inTable field={`metadata.${key}`} value={value}>
              <span className={classes.chip}>
                <bdi>{cutMiddle(visible(key), 16)}</bdi>=<bdi className={classes.strong}>{cutMiddle(visible(String(value)), 16)}</bdi>
              </span>
            </Filterable>
          ))}
      </span>
    ),
  },
  { key: 'key', label: text.columns.key, width: 90, cell: ({ waypost: { key } }) => (key ? <bdi>{visible(key.label ?? key.id)}</bdi> : <span className={classes.quiet}>{text.none}</span>) },
  {
    key: 'tokens',
    label: text.columns.tokens,
    isNumber: true,
    sort: 'tokens',
    width: 110,
    cell: (row) => (row.tokens_in == null || row.tokens_out == null ? <Dash why={text.noModel} /> : `${count(row.tokens_in)} / ${count(row.tokens_out)}`),
  },
  { key: 'cost', label: text.columns.cost, isNumber: true, sort: 'cost', width: 100, cell: (row) => <Cost row={row} /> },
  { key: 'duration', label: text.columns.duration, isNumber: true, sort: 'duration', width: 76, cell: (row) => <Took row={row} /> },
  {
    key: 'firstToken',
    label: text.columns.firstToken,
    isNumber: true,
    width: 90,
    cell: ({ waypost: { first_token_ms: first } }) => (first === null ? <Dash why={text.noModel} /> : duration(first)),
  },
  {
    key: 'attempts',
    label: text.columns.attempts,
    shortLabel: text.columns.attemptsShort,
    isNumber: true,
    width: 48,
    cell: ({ waypost: { attempts } }) => <span className={attempts.length === 1 ? classes.quiet : undefined}>{attempts.length}</span>,
  },
];

/** In the order in which columns are given up where there is little room. */
const GIVEN_UP: ColumnKey[] = ['key', 'metadata', 'firstToken', 'tokens', 'route', 'attempts', 'duration', 'path', 'user'];

export const DEFAULT_COLUMNS: ColumnKey[] = ['time', 'status', 'route', 'path', 'served', 'user', 'tokens', 'cost', 'duration', 'firstToken', 'attempts'];

/** The chosen columns that fit; below two columns' room the list shows cards instead. */
export function fittingColumns(chosen: readonly ColumnKey[], width: number): Column[] {
  let columns = COLUMNS.filter(({ key }) => chosen.includes(key));
  const needed = () => columns.reduce((sum, column) => sum + column.width, 16);
  for (const key of GIVEN_UP) {
    if (needed() <= width) break;
    columns = columns.filter((column) => column.key !== key);
  }
  return columns;
}
