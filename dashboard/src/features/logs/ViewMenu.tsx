import { ActionIcon, Checkbox, Popover, SegmentedControl, Stack, Tooltip } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';

import { logsText as text } from '@/text/logs';

import { COLUMNS, DEFAULT_COLUMNS, type ColumnKey } from './columns';
import type { Density } from './preferences';

interface ViewMenuProps {
  columns: ColumnKey[];
  onColumns: (columns: ColumnKey[]) => void;
  density: Density;
  onDensity: (density: Density) => void;
}

/** Which columns, and how close the rows stand. */
export function ViewMenu({ columns, onColumns, density, onDensity }: ViewMenuProps) {
  return (
    <Popover position="bottom-end" shadow="md" radius="md" trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label={text.view.label}>
          <ActionIcon size={30} aria-label={text.view.label}>
            <IconColumns3 size={17} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={8}>
          <SegmentedControl
            aria-label={text.view.density}
            value={density}
            onChange={(value) => onDensity(value as Density)}
            data={[
              { value: 'compact', label: text.view.compact },
              { value: 'normal', label: text.view.normal },
              { value: 'roomy', label: text.view.roomy },
            ]}
          />
          <Checkbox.Group aria-label={text.view.columns} value={columns} onChange={(chosen) => onColumns(COLUMNS.map(({ key }) => key).filter((key) => key === 'time' || chosen.includes(key)))}>
            <Stack gap={6}>
              {COLUMNS.map(({ key, label }) => (
                <Checkbox key={key} size="xs" value={key} label={label} disabled={key === 'time'} />
              ))}
            </Stack>
          </Checkbox.Group>
          <button type="button" style={{ all: 'unset', cursor: 'pointer', color: 'var(--wp-accent-text)', fontSize: 12, lineHeight: '24px' }} onClick={() => onColumns(DEFAULT_COLUMNS)}>
            {text.view.reset}
          </button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
