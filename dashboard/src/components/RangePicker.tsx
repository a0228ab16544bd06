import { Button, Menu, Popover } from '@mantine/core';
import { IconCheck, IconChevronDown, IconClock } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

import { useTimeZone } from '@/app/gateway';
import { dayAndTime, RANGES, type RangeName } from '@/lib/time';
import { useUrlState } from '@/lib/url-state';
import { ranges as text } from '@/text/shell';

const CustomRange = lazy(() => import('./CustomRange'));

/** The time range of a page, kept in its address as `range`, or `start` and `end`. */
export function RangePicker({ fallback = '24h' }: { fallback?: RangeName }) {
  const [search, setSearch] = useUrlState();
  const zone = useTimeZone();
  const [isCustomOpen, setCustomOpen] = useState(false);
  const isCustom = Boolean(search.start && search.end);
  const current = RANGES.find((range) => range.name === search.range) ?? RANGES.find((range) => range.name === fallback)!;
  const label = isCustom ? `${dayAndTime(search.start!, zone)} – ${dayAndTime(search.end!, zone)}` : current.label;
  return (
    <Popover opened={isCustomOpen} onChange={setCustomOpen} position="bottom-end" trapFocus returnFocus withRoles={false}>
      <Popover.Target>
        <span>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button aria-label={text.label(label, zone)} leftSection={<IconClock size={15} stroke={1.75} />} rightSection={<IconChevronDown size={14} stroke={1.75} />}>
                {label}&nbsp;<span style={{ color: 'var(--wp-text-3)', fontWeight: 400 }}>{zone}</span>
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {RANGES.map((range) => (
                <Menu.Item
                  key={range.name}
                  rightSection={!isCustom && range === current ? <IconCheck size={14} /> : null}
                  onClick={() => setSearch({ range: range.name, start: undefined, end: undefined })}
                >
                  {text.last(range.label)}
                </Menu.Item>
              ))}
              <Menu.Item onClick={() => setCustomOpen(true)}>{text.custom}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </span>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={null}>
          <CustomRange
            onChoose={(start, end) => {
              setSearch({ range: undefined, start, end });
              setCustomOpen(false);
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
