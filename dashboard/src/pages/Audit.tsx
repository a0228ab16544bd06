import { Button, Group, Paper, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { useCrumbs } from '@/app/crumbs';
import { useGatewayId } from '@/app/gateway';
import { HrefLink } from '@/components/charts';
import { Page } from '@/components/PageHead';
import { StackedTable, type StackedColumn } from '@/components/StackedTable';
import { Empty, Failed, NothingMatches, SkeletonRows } from '@/components/States';
import { toast } from '@/components/toast';
import { When } from '@/components/When';
import { linesOf, type Line } from '@/features/audit/lines';
import { placeOf, type Place } from '@/features/audit/place';
import { allEntries, auditQuery, type AuditEntry } from '@/features/audit/queries';
import { summaryQuery } from '@/features/routes/queries';
import { useReady } from '@/lib/ready';
import { useUrlState } from '@/lib/url-state';
import { auditText as text } from '@/text/audit';

const SEARCH_AFTER_MS = 250;

export default function Audit() {
  const [search, setSearch] = useUrlState();
  const [wanted] = useDebouncedValue(search.q ?? '', SEARCH_AFTER_MS);
  const kind = search.object;
  const asked = wanted || kind || '';
  useCrumbs(text.title);
  const { data, isPending, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(auditQuery(asked));
  useReady(!isPending);
  const [isExporting, setExporting] = useState(false);
  // The server searches one text; where there are two, the kind is looked at here.
  const isOfKind = (entry: AuditEntry) => !kind || entry.object === kind;
  const shown = (data?.rows ?? []).filter(isOfKind);
  const save = async () => {
    setExporting(true);
    try {
      download((await allEntries(asked)).filter(isOfKind));
    } catch (cause) {
      toast(cause instanceof Error ? cause.message : String(cause), { kind: 'failed' });
    } finally {
      setExporting(false);
    }
  };
  return (
    <Page
      title={text.title}
      hint={text.intro}
      actions={
        <>
          <TextInput aria-label={text.search} placeholder={text.search} value={search.q ?? ''} onChange={(event) => setSearch({ q: event.currentTarget.value })} />
          <Select
            aria-label={text.filterObject}
            placeholder={text.all}
            clearable
            data={Object.entries(text.kinds).map(([value, label]) => ({ value, label }))}
            value={kind ?? null}
            onChange={(object) => setSearch({ object: object ?? undefined })}
          />
          <Button loading={isExporting} onClick={() => void save()}>
            {text.exportNdjson}
          </Button>
        </>
      }
    >
      <Paper>
        {isPending ? <SkeletonRows /> : null}
        {error && !data ? <Failed error={error} onRetry={() => void refetch()} /> : null}
        {data && shown.length === 0 && !hasNextPage ? asked ? <NothingMatches onClear={() => setSearch({ q: undefined, object: undefined })} /> : <Empty title={text.empty} /> : null}
        {shown.length > 0 ? <Entries entries={shown} /> : null}
        {hasNextPage ? (
          <Group justify="center" p={12}>
            <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {text.more}
            </Button>
          </Group>
        ) : null}
      </Paper>
    </Page>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  const gateway = useGatewayId();
  const { data: routes } = useQuery(summaryQuery(gateway));
  const columns: StackedColumn<AuditEntry>[] = [
    { label: text.columns.at, cell: (entry) => <When at={entry.at} as="dayAndTime" /> },
    { label: text.columns.actor, cell: (entry) => entry.actor },
    { label: text.columns.from, cell: (entry) => <span style={{ color: 'var(--wp-text-3)' }}>{entry.from ?? '–'}</span> },
    { label: text.columns.what, cell: (entry) => text.what(entry.action, text.kindOf(entry.object)) },
    { label: text.columns.object, cell: (entry) => <Subject {...placeOf(entry, gateway, (id) => routes?.find((route) => route.id === id)?.name)} id={entry.object_id} /> },
    { label: text.columns.changes, cell: (entry) => <Changes entry={entry} /> },
  ];
  return <StackedTable label={text.title} columns={columns} rows={entries} keyOf={(entry) => entry.id} isTall />;
}

/** What was changed, as a way to it while it is there. */
function Subject({ name, href, id }: Place & { id: string }) {
  const words = name === id ? <code>{id}</code> : name;
  return href ? (
    <HrefLink href={href} title={id} style={{ color: 'var(--wp-accent-text)' }}>
      {words}
    </HrefLink>
  ) : (
    <span title={id}>{words}</span>
  );
}

function Changes({ entry }: { entry: AuditEntry }) {
  return (
    <div style={{ maxWidth: 520, overflowWrap: 'anywhere' }}>
      {linesOf(entry.before, entry.after).map((line) => (
        <div key={line.field}>{wordsOf(line)}</div>
      ))}
    </div>
  );
}

function wordsOf({ field, before, after }: Line): string {
  const name = field.replaceAll('_', ' ');
  if (before === undefined) return text.added(name, after ?? '');
  return after === undefined ? text.gone(name, before) : text.change(name, before, after);
}

function download(entries: readonly AuditEntry[]): void {
  const address = URL.createObjectURL(new Blob([entries.map((entry) => JSON.stringify(entry)).join('\n')], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'audit.ndjson';
  link.click();
  URL.revokeObjectURL(address);
}
