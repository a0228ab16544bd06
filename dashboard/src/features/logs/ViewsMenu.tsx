import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { openDialog } from '@/components/dialogs';
import { writeFilters } from '@/components/FilterBar';
import type { UrlState } from '@/lib/url-state';
import { logsText as text } from '@/text/logs';
import { states } from '@/text/shell';

import type { ColumnKey } from './columns';
import { useSavedViews } from './preferences';

interface ViewsMenuProps {
  gateway: string;
  search: UrlState;
  columns: ColumnKey[];
  onColumns: (columns: ColumnKey[]) => void;
}

const READY: { name: string; search: UrlState }[] = [
  { name: text.readyViews.failed, search: { filters: writeFilters([{ key: 'outcome', operator: 'eq', value: ['failed', 'refused', 'interrupted'] }]) } },
  { name: text.readyViews.limited, search: { filters: writeFilters([{ key: 'error_type', operator: 'eq', value: ['rate_limited', 'budget_exceeded', 'spend_limit_exceeded'] }]) } },
  { name: text.readyViews.custom, search: { filters: writeFilters([{ key: 'custom_cost', operator: 'eq', value: [true] }]) } },
  { name: text.readyViews.noPrice, search: { filters: writeFilters([{ key: 'no_price', operator: 'eq', value: [true] }]) } },
  { name: text.readyViews.expensive, search: { sort: 'cost' } },
  { name: text.readyViews.slow, search: { sort: 'duration' } },
];

/** Filters, order and columns by name: some ready-made, the others of this browser. */
export function ViewsMenu({ gateway, search, columns, onColumns }: ViewsMenuProps) {
  const navigate = useNavigate();
  const [views, setViews] = useSavedViews(gateway);
  const open = (view: UrlState) => void navigate({ to: '.', search: { range: search.range, ...view } as never });
  const save = () => {
    openDialog({
      title: text.views.save,
      content: (close) => (
        <NameForm
          onSave={(name) => {
            setViews((before) => [...before.filter((view) => view.name !== name), { name, search, columns }]);
            close();
          }}
          onCancel={close}
        />
      ),
    });
  };
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Button variant="subtle" color="gray" c="var(--wp-text-2)" leftSection={<IconBookmark size={15} stroke={1.75} />}>
          {text.views.label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={save}>{text.views.save}</Menu.Item>
        <Menu.Divider />
        <Menu.Label>{text.views.saved}</Menu.Label>
        {views.length === 0 ? <Menu.Label>{text.views.none}</Menu.Label> : null}
        {views.map((view) => (
          <Group key={view.name} gap={0} wrap="nowrap">
            <Menu.Item
              flex={1}
              onClick={() => {
                open(view.search);
                if (view.columns) onColumns(view.columns);
              }}
            >
              <bdi>{view.name}</bdi>
            </Menu.Item>
            <ActionIcon aria-label={text.views.remove(view.name)} onClick={() => setViews((before) => before.filter((one) => one !== view))}>
              <IconTrash size={15} stroke={1.75} />
            </ActionIcon>
          </Group>
        ))}
        <Menu.Divider />
        <Menu.Label>{text.views.builtIn}</Menu.Label>
        {READY.map((view) => (
          <Menu.Item key={view.name} onClick={() => open(view.search)}>
            {view.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function NameForm({ onSave, onCancel }: { onSave: (name: string) => void; onCancel: () => void }) {
  const [name, setName] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onSave(name.trim().slice(0, 100));
      }}
    >
      <TextInput data-autofocus label={text.views.name} value={name} maxLength={100} onChange={(event) => setName(event.currentTarget.value)} />
      <Group justify="flex-end" gap="xs" mt="sm">
        <Button onClick={onCancel}>{states.cancel}</Button>
        <Button type="submit" variant="filled" disabled={!name.trim()}>
          {text.views.saveAction}
        </Button>
      </Group>
    </form>
  );
}
