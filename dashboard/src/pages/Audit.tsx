import { Button, Group, Paper, Select, Table } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api, whole } from '@/api/client';
import type { components } from '@/api/schema';
import { useCrumbs } from '@/app/crumbs';
import { EVERY_MS } from '@/app/queries';
import { Page } from '@/components/PageHead';
import { Empty, Failed, SkeletonRows } from '@/components/States';
import { When } from '@/components/When';
import { linesOf } from '@/features/audit/lines';
import { useUrlState } from '@/lib/url-state';
import { auditText as text } from '@/text/settings';

type Entry = components['schemas']['AuditView'];

const PER_PAGE = 50;

export default function Audit() {
  const [search, setSearch] = useUrlState();
  const [pages, setPages] = useState(1);
  useCrumbs(text.title);
  const { data, isPending, error, refetch } = useQuery({
    queryKey: ['audit', pages],
    queryFn: async ({ signal }) => {
      const found = await whole(api.GET('/api/audit', { params: { query: { page: 1, per_page: Math.min(100, PER_PAGE * pages) } as never }, signal }));
      return { entries: (found.result ?? []) as Entry[], total: (found.result_info as { total_count?: number } | undefined)?.total_count ?? 0 };
    },
    refetchInterval: EVERY_MS.slow,
    placeholderData: keepPreviousData,
  });
  const kinds = [...new Set((data?.entries ?? []).map((entry) => entry.object))].sort();
  const shown = (data?.entries ?? []).filter((entry) => !search.object || entry.object === search.object);
  return (
    <Page
      title={text.title}
      hint={text.intro}
      actions={
        <>
          <Select
            aria-label={text.filterObject}
            placeholder={text.all}
            clearable
            data={kinds.map((kind) => ({ value: kind, label: kind.replaceAll('_', ' ') }))}
            value={search.object ?? null}
            onChange={(object) => setSearch({ object: object ?? undefined })}
          />
          <Button onClick={() => download(shown)}>{text.exportNdjson}</Button>
        </>
      }
    >
      <Paper>
        {isPending ? <SkeletonRows /> : null}
        {error && !data ? <Failed error={error} onRetry={() => void refetch()} /> : null}
        {data && shown.length === 0 ? <Empty title={text.empty} /> : null}
        {shown.length > 0 ? <Entries entries={shown} /> : null}
        {data && data.entries.length < Math.min(100, data.total) ? (
          <Group justify="center" p={12}>
            <Button onClick={() => setPages(pages + 1)}>{text.more}</Button>
          </Group>
        ) : null}
      </Paper>
    </Page>
  );
}

function Entries({ entries }: { entries: Entry[] }) {
  return (
    <div style={{ overflowX: 'auto' }}>
      <Table aria-label={text.title}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text.columns.at}</Table.Th>
            <Table.Th>{text.columns.actor}</Table.Th>
            <Table.Th>{text.columns.from}</Table.Th>
            <Table.Th>{text.columns.what}</Table.Th>
            <Table.Th>{text.columns.object}</Table.Th>
            <Table.Th>{text.columns.changes}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.id} style={{ verticalAlign: 'top' }}>
              <Table.Td>
                <When at={entry.at} as="dayAndTime" />
              </Table.Td>
              <Table.Td>{entry.actor}</Table.Td>
              <Table.Td style={{ color: 'var(--wp-text-3)' }}>{entry.from ?? '–'}</Table.Td>
              <Table.Td>{text.what(entry.action, entry.object)}</Table.Td>
              <Table.Td>
                <code>{entry.object_id}</code>
              </Table.Td>
              <Table.Td>
                {linesOf(entry.before, entry.after, text.nothing).map((line) => (
                  <div key={line.field} style={{ overflowWrap: 'anywhere', maxWidth: 480 }}>
                    {text.change(line.field, line.before, line.after)}
                  </div>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function download(entries: Entry[]): void {
  const address = URL.createObjectURL(new Blob([entries.map((entry) => JSON.stringify(entry)).join('\n')], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'audit.ndjson';
  link.click();
  URL.revokeObjectURL(address);
}
