import { Button, Menu, Text } from '@mantine/core';
import { IconDownload, IconFileTypeCsv, IconJson, IconTrash } from '@tabler/icons-react';

import { useMay } from '@/app/session';
import { confirm } from '@/components/confirm';
import { FilterWords, filterWords, type Filter } from '@/components/FilterBar';
import { toast } from '@/components/toast';
import { logsText as text } from '@/text/logs';

import { deleteLogs, exportHref } from './queries';

interface MoreMenuProps {
  gateway: string;
  /** The filters of the list, its time included, at this moment. */
  filters: () => Filter[];
  search: string | undefined;
  hasFilters: boolean;
  total: number | undefined;
  onDeleted: () => void;
}

/** Export of exactly what the list shows, and its deletion. */
export function MoreMenu({ gateway, filters, search, hasFilters, total, onDeleted }: MoreMenuProps) {
  const mayDelete = useMay('editor');
  const download = (format: 'csv' | 'ndjson') => {
    const link = document.createElement('a');
    link.href = exportHref(gateway, format, filters(), search);
    link.download = '';
    link.click();
  };
  const remove = () => {
    if (total === undefined) return;
    // What is asked about is what is deleted: the bounds are taken once.
    const asked = filters();
    confirm({
      title: text.remove.title(total),
      name: text.remove.confirm,
      action: text.remove.action,
      children: (
        <>
          <Text size="md">{text.remove.body}</Text>
          <ul style={{ margin: '8px 0 0', paddingLeft: 18 }}>
            {hasFilters ? null : <li>{text.remove.all}</li>}
            {asked.map((filter) => (
              <li key={filterWords(filter)} style={{ display: 'flex', gap: 5 }}>
                <FilterWords filter={filter} />
              </li>
            ))}
          </ul>
        </>
      ),
      onConfirm: async () => {
        const count = await deleteLogs(gateway, asked);
        toast(text.remove.done(count));
        onDeleted();
      },
    });
  };
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <Button aria-label={text.more.label} title={text.more.label} px={8}>
          <IconDownload size={15} stroke={1.75} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{text.more.what(total === undefined ? text.counting : text.total(total))}</Menu.Label>
        <Menu.Item leftSection={<IconFileTypeCsv size={16} stroke={1.75} />} onClick={() => download('csv')}>
          {text.more.csv}
        </Menu.Item>
        <Menu.Item leftSection={<IconJson size={16} stroke={1.75} />} onClick={() => download('ndjson')}>
          {text.more.ndjson}
        </Menu.Item>
        {mayDelete ? (
          <>
            <Menu.Divider />
            <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.75} />} disabled={!total || search !== undefined} onClick={remove}>
              {text.more.delete}
            </Menu.Item>
            {search === undefined ? null : <Menu.Label>{text.remove.search}</Menu.Label>}
          </>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}
