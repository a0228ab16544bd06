import { Menu } from '@mantine/core';
import { IconCopy, IconFilter, IconFilterOff } from '@tabler/icons-react';
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';

import { logsText } from '@/text/logs';

import type { Filter, FilterValue } from './filters';
import classes from './ValueMenu.module.css';
import { fieldName, valueName } from './words';

interface Asked {
  field: string;
  value: FilterValue;
  anchor: HTMLElement;
}

const Context = createContext<((asked: Asked) => void) | null>(null);

/** One menu for all values on a screen: "Filter by this", "Exclude this". */
export function ValueMenuProvider({ onFilter, children }: { onFilter: (filter: Filter) => void; children: ReactNode }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isOpen, setOpen] = useState(false);
  const open = useMemo(
    () => (next: Asked) => {
      setAsked(next);
      setOpen(true);
    },
    [],
  );
  const box = asked?.anchor.getBoundingClientRect();
  const use = (operator: 'eq' | 'neq') => asked && onFilter({ key: asked.field, operator, value: [asked.value] });
  return (
    <Context.Provider value={open}>
      {children}
      {asked && box ? (
        <Menu opened={isOpen} onChange={setOpen} onClose={() => asked.anchor.focus({ preventScroll: true })} position="bottom-start" withinPortal>
          <Menu.Target>
            <span aria-hidden className={classes.anchor} style={{ left: box.left, top: box.top, width: box.width, height: box.height }} />
          </Menu.Target>
          <Menu.Dropdown aria-label={logsText.filter.valueOf(fieldName(asked.field), valueName(asked.value))}>
            <Menu.Item leftSection={<IconFilter size={15} stroke={1.75} />} onClick={() => use('eq')}>
              {logsText.filter.by}
            </Menu.Item>
            <Menu.Item leftSection={<IconFilterOff size={15} stroke={1.75} />} onClick={() => use('neq')}>
              {logsText.filter.exclude}
            </Menu.Item>
            <Menu.Item leftSection={<IconCopy size={15} stroke={1.75} />} onClick={() => void navigator.clipboard.writeText(String(asked.value))}>
              {logsText.filter.copy}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : null}
    </Context.Provider>
  );
}

/** A value with its filter button, seen under the pointer and with focus. In tables the keyboard reaches it through the panel. */
export function Filterable({ field, value, children, inTable = false }: { field: string; value: FilterValue; children: ReactNode; inTable?: boolean }) {
  const open = useContext(Context);
  if (!open) return children;
  const name = logsText.filter.valueOf(fieldName(field), valueName(value));
  return (
    <span className={classes.value} data-table={inTable || undefined}>
      <span className={classes.text}>{children}</span>
      <button
        type="button"
        className={classes.button}
        aria-label={name}
        title={name}
        aria-haspopup="menu"
        tabIndex={inTable ? -1 : undefined}
        onClick={(event) => {
          event.preventDefault();
          event.stopPropagation();
          open({ field, value, anchor: event.currentTarget });
        }}
      >
        <IconFilter aria-hidden size={13} stroke={1.75} />
      </button>
    </span>
  );
}
