import { ActionIcon, Button, Popover, SegmentedControl, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';

import { PlainText } from '@/components/PlainText';
import { playgroundText } from '@/text/playground';

import classes from './MetadataEditor.module.css';
import { metadataFrom, metadataOf, type MetadataEntry, type MetadataValue, type Target } from './state';

const text = playgroundText.metadata;
const ENTRIES_MAX = 15;

type Kind = 'text' | 'number' | 'flag';

function kindOf(value: MetadataValue): Kind {
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'flag' : 'text';
}

function converted(value: MetadataValue, kind: Kind): MetadataValue {
  if (kind === 'text') return String(value);
  if (kind === 'number') return Number.isFinite(Number(value)) ? Number(value) : 0;
  return value === true || value === 'true' || value === 1;
}

/** Metadata as chips; a click opens rows with types, or JSON. */
export function MetadataEditor({ target, onChange }: { target: Target; onChange: (change: Partial<Target>) => void }) {
  const [isOpen, setOpen] = useState(false);
  const entries = target.metadata;
  const add = () => {
    if (entries.length < ENTRIES_MAX) onChange({ metadata: [...entries, { key: '', value: '' }] });
    setOpen(true);
  };
  return (
    <div className={classes.line}>
      <span className={classes.label}>{text.label}</span>
      {entries.map((entry, index) =>
        entry.key === '' ? null : (
          <button key={index} type="button" className={classes.chip} aria-label={text.pair(entry.key, String(entry.value))} onClick={() => setOpen(true)}>
            <code>
              <PlainText text={entry.key} />
            </code>
            =
            <b>
              <PlainText text={String(entry.value)} />
            </b>
          </button>
        ),
      )}
      <Popover opened={isOpen} onChange={setOpen} onClose={() => onChange({ metadata: entries.filter(({ key }) => key !== '') })} position="bottom-start" shadow="md" trapFocus returnFocus width={380}>
        <Popover.Target>
          <button type="button" className={classes.add} aria-expanded={isOpen} onClick={() => (isOpen ? setOpen(false) : entries.length === 0 ? add() : setOpen(true))}>
            <IconPlus aria-hidden size={12} stroke={1.75} />
            {text.add}
          </button>
        </Popover.Target>
        <Popover.Dropdown className={classes.dropdown} aria-label={text.edit}>
          <Editor target={target} onChange={onChange} onAdd={add} />
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function Editor({ target, onChange, onAdd }: { target: Target; onChange: (change: Partial<Target>) => void; onAdd: () => void }) {
  const [json, setJson] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const entries = target.metadata;
  const set = (index: number, change: Partial<MetadataEntry>) => onChange({ metadata: entries.map((entry, at) => (at === index ? { ...entry, ...change } : entry)) });
  const write = (next: string) => {
    setJson(next);
    const read = metadataFrom(next);
    setProblem(typeof read === 'string' ? read : undefined);
    if (typeof read !== 'string') onChange(read);
  };
  return (
    <Stack gap={8}>
      <SegmentedControl
        aria-label={text.view}
        value={json === undefined ? 'rows' : 'json'}
        onChange={(view) => setJson(view === 'json' ? JSON.stringify(metadataOf(target), null, 2) : undefined)}
        data={[
          { value: 'rows', label: text.rows },
          { value: 'json', label: text.json },
        ]}
      />
      {json === undefined ? (
        <>
          {entries.map((entry, index) => (
            <div key={index} className={classes.row}>
              <TextInput aria-label={text.key} placeholder={text.key} value={entry.key} onChange={(event) => set(index, { key: event.currentTarget.value })} data-autofocus={index === entries.length - 1 || undefined} />
              <Select
                aria-label={text.type}
                value={kindOf(entry.value)}
                allowDeselect={false}
                comboboxProps={{ withinPortal: false }}
                data={(['text', 'number', 'flag'] as const).map((kind) => ({ value: kind, label: text.types[kind] }))}
                onChange={(kind) => set(index, { value: converted(entry.value, kind as Kind) })}
              />
              <ValueInput value={entry.value} onValue={(value) => set(index, { value })} />
              <ActionIcon aria-label={text.remove(entry.key)} onClick={() => onChange({ metadata: entries.filter((_, at) => at !== index) })}>
                <IconX size={14} stroke={1.75} />
              </ActionIcon>
            </div>
          ))}
          <Button leftSection={<IconPlus size={14} stroke={1.75} />} disabled={entries.length >= ENTRIES_MAX} title={entries.length >= ENTRIES_MAX ? text.most : undefined} onClick={onAdd}>
            {text.add}
          </Button>
        </>
      ) : (
        <Textarea aria-label={text.json} autosize minRows={5} maxRows={14} error={problem} value={json} spellCheck={false} styles={{ input: { fontFamily: 'var(--wp-mono)', fontSize: 12 } }} onChange={(event) => write(event.currentTarget.value)} />
      )}
    </Stack>
  );
}

function ValueInput({ value, onValue }: { value: MetadataValue; onValue: (value: MetadataValue) => void }) {
  if (typeof value === 'boolean') {
    return (
      <Select
        aria-label={text.value}
        value={String(value)}
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        data={[
          { value: 'true', label: text.yes },
          { value: 'false', label: text.no },
        ]}
        onChange={(next) => onValue(next === 'true')}
      />
    );
  }
  if (typeof value === 'number') {
    return (
      <TextInput
        aria-label={text.value}
        inputMode="decimal"
        type="number"
        step="any"
        defaultValue={value}
        onChange={(event) => {
          const next = event.currentTarget.valueAsNumber;
          if (Number.isFinite(next)) onValue(next);
        }}
      />
    );
  }
  return <TextInput aria-label={text.value} placeholder={text.value} value={value} maxLength={1024} onChange={(event) => onValue(event.currentTarget.value)} />;
}
