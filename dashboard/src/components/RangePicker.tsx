import { Button, Menu, Popover, Stack, TextInput } from '@mantine/core';
import { IconCheck, IconChevronDown, IconClock } from '@tabler/icons-react';
import { useState } from 'react';

import { useTimeZone } from '@/app/gateway';
import { dayAndTime, RANGES, type RangeName } from '@/lib/time';
import { useUrlState } from '@/lib/url-state';

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
              <Button aria-label={`Time range: ${label} ${zone}`} leftSection={<IconClock size={15} stroke={1.75} />} rightSection={<IconChevronDown size={14} stroke={1.75} />}>
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
                  {`Last ${range.label}`}
                </Menu.Item>
              ))}
              <Menu.Item onClick={() => setCustomOpen(true)}>Custom…</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </span>
      </Popover.Target>
      <Popover.Dropdown>
        <CustomRange
          onChoose={(start, end) => {
            setSearch({ range: undefined, start, end });
            setCustomOpen(false);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

/** Two moments, typed in UTC so that no daylight saving makes them ambiguous. */
function CustomRange({ onChoose }: { onChoose: (start: string, end: string) => void }) {
  const now = Date.now();
  const [start, setStart] = useState(new Date(now - 86_400_000).toISOString().slice(0, 16));
  const [end, setEnd] = useState(new Date(now).toISOString().slice(0, 16));
  const isOrdered = start < end;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isOrdered) onChoose(`${start}:00Z`, `${end}:00Z`);
      }}
    >
      <Stack gap="xs">
        <TextInput type="datetime-local" label="From (UTC)" value={start} onChange={(event) => setStart(event.currentTarget.value)} />
        <TextInput
          type="datetime-local"
          label="To (UTC)"
          value={end}
          error={isOrdered ? undefined : 'The end must come after the start.'}
          onChange={(event) => setEnd(event.currentTarget.value)}
        />
        <Button type="submit" variant="filled" disabled={!isOrdered}>
          Show
        </Button>
      </Stack>
    </form>
  );
}
