import { Combobox, InputBase, useCombobox } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';

import { percent } from '@/lib/number';
import { canvasText as text } from '@/text/editor-canvas';

import { type Seen, useSeen } from './queries';
import classes from './inspector.module.css';

interface OperandFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  error?: React.ReactNode;
  description?: React.ReactNode;
  disabled?: boolean;
  dataField?: string;
  /** A first entry with another meaning: everyone together, by chance. */
  special?: { value: string; label: string };
  isLabelHidden?: boolean;
}

/** What a condition, a limit or a split reads: what was seen, what every request has, or whatever is typed. */
export function OperandField({ label, value, onChange, onBlur, error, description, disabled = false, dataField, special, isLabelHidden = false }: OperandFieldProps) {
  const seen = useSeen();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const shown = special !== undefined && value === special.value ? special.label : value;
  const [search, setSearch] = useState<string | null>(null);
  const typed = search ?? shown;
  const needle = search === null ? '' : search.trim().toLowerCase();
  const metadata = (seen?.metadata ?? []).filter(({ key }) => `metadata.${key}`.toLowerCase().includes(needle));
  const request = Object.entries(text.fields.operands).filter(([name, words]) => `${name} ${words}`.toLowerCase().includes(needle));
  const isListed = metadata.some(({ key }) => `metadata.${key}` === search) || request.some(([name]) => name === search);
  const take = (next: string) => {
    setSearch(null);
    onChange(next);
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={take} withinPortal>
      <Combobox.Target>
        <InputBase
          size="xs"
          label={isLabelHidden ? undefined : label}
          aria-label={isLabelHidden ? label : undefined}
          classNames={{ input: `${classes.operand} ${classes.input}`, label: classes.label ?? '', description: classes.hint ?? '' }}
          data-field={dataField}
          disabled={disabled}
          placeholder={text.fields.operandPick}
          error={error}
          description={description}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          rightSection={<IconChevronDown aria-hidden size={14} stroke={1.75} />}
          rightSectionPointerEvents="none"
          value={typed}
          onChange={(event) => {
            const next = event.currentTarget.value;
            setSearch(next);
            combobox.openDropdown();
            combobox.resetSelectedOption();
            onChange(next.trim());
          }}
          onFocus={() => setSearch(null)}
          onClick={() => combobox.openDropdown()}
          onBlur={() => {
            combobox.closeDropdown();
            setSearch(null);
            onBlur?.();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={260} style={{ overflowY: 'auto' }} aria-label={label}>
          {special !== undefined && needle === '' ? <Combobox.Option value={special.value}>{special.label}</Combobox.Option> : null}
          {metadata.length > 0 ? (
            <Combobox.Group label={text.fields.seenGroup}>
              {metadata.map(({ key, share, values }) => (
                <Combobox.Option key={key} value={`metadata.${key}`}>
                  <span className={classes.choice}>
                    <code>{`metadata.${key}`}</code>
                    <span>{percent(share, 0)}</span>
                  </span>
                  <span className={classes.examples}>{values.slice(0, 3).map((each) => each.value).join(', ')}</span>
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ) : null}
          <Combobox.Group label={text.fields.requestGroup}>
            {request.map(([name, words]) => (
              <Combobox.Option key={name} value={name}>
                <span className={classes.choice}>
                  <code>{name}</code>
                </span>
                <span className={classes.examples}>{words}</span>
              </Combobox.Option>
            ))}
          </Combobox.Group>
          {search !== null && search.trim() !== '' && !isListed ? <Combobox.Option value={search.trim()}>{text.fields.useAsTyped(search.trim())}</Combobox.Option> : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** How often an operand was there: only metadata can be told. */
export function seenText(seen: Seen | undefined, operand: string): string | null {
  if (seen === undefined || seen.requests === 0 || !operand.startsWith('metadata.')) return null;
  const found = seen.metadata.find(({ key }) => `metadata.${key}` === operand);
  return found === undefined ? text.fields.operandUnseen : text.fields.operandHint(percent(found.share, 0));
}
