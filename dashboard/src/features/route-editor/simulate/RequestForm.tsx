import { ActionIcon, Button, Menu, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconChevronDown, IconPlus, IconX } from '@tabler/icons-react';

import { api, call } from '@/api/client';
import { ACCOUNT } from '@/app/gateway';
import { When } from '@/components/When';
import { simulateText as text } from '@/text/versions';

import { casesQuery } from '../insight';
import panel from '../panel.module.css';
import { useEditor } from '../store';
import { assumable, bodyOf, type Entry, formOf, type SimulationForm } from './model';
import classes from './simulate.module.css';

interface RequestFormProps {
  form: SimulationForm;
  onChange: (form: SimulationForm) => void;
  onRun: (form: SimulationForm) => void;
}

/** User, metadata, headers, body, and what is taken for granted. */
export function RequestForm({ form, onChange, onRun }: RequestFormProps) {
  const set = (change: Partial<SimulationForm>) => onChange({ ...form, ...change });
  return (
    <form
      id="simulate-form"
      onSubmit={(event) => {
        event.preventDefault();
        onRun(form);
      }}
    >
      <div className={panel.section}>
        <div className={panel.row} style={{ marginBottom: 10, justifyContent: 'flex-end' }}>
          <FillFrom onFill={onRun} />
        </div>
        <TextInput label={text.userId} value={form.userId} onChange={(event) => set({ userId: event.currentTarget.value })} />
        <Entries label={text.metadata} add={text.addMetadata} entries={form.metadata} onChange={(metadata) => set({ metadata })} />
        <Entries label={text.headers} add={text.addHeader} entries={form.headers} onChange={(headers) => set({ headers })} />
        <Textarea
          mt={12}
          label={text.body}
          description={text.bodyHint}
          autosize
          minRows={2}
          maxRows={10}
          styles={{ input: { fontFamily: 'var(--wp-mono)', fontSize: 12 } }}
          value={form.body}
          error={bodyOf(form.body) === null ? text.bodyInvalid : undefined}
          onChange={(event) => set({ body: event.currentTarget.value })}
        />
      </div>
      <Assumptions form={form} onChange={set} />
    </form>
  );
}

function Entries({ label, add, entries, onChange }: { label: string; add: string; entries: Entry[]; onChange: (entries: Entry[]) => void }) {
  const change = (index: number, entry: Partial<Entry>) => onChange(entries.map((old, at) => (at === index ? { ...old, ...entry } : old)));
  return (
    <div style={{ marginTop: 12 }}>
      <h3 className={panel.label}>{label}</h3>
      <div className={panel.rows}>
        {entries.map((entry, index) => (
          <div key={index} className={classes.entry}>
            <TextInput aria-label={`${label}: ${text.key}`} placeholder={text.key} value={entry.key} onChange={(event) => change(index, { key: event.currentTarget.value })} />
            <TextInput aria-label={`${label}: ${text.value}`} placeholder={text.value} value={entry.value} onChange={(event) => change(index, { value: event.currentTarget.value })} />
            <ActionIcon size={24} aria-label={`${text.remove} ${entry.key}`} onClick={() => onChange(entries.filter((_, at) => at !== index))}>
              <IconX size={14} stroke={1.75} />
            </ActionIcon>
          </div>
        ))}
        <div>
          <Button size="compact-xs" leftSection={<IconPlus size={14} stroke={1.75} />} onClick={() => onChange([...entries, { key: '', value: '' }])}>
            {add}
          </Button>
        </div>
      </div>
    </div>
  );
}

function Assumptions({ form, onChange }: { form: SimulationForm; onChange: (change: Partial<SimulationForm>) => void }) {
  const document = useEditor((state) => state.draft.document);
  const found = assumable(document);
  if (found.length === 0) return null;
  const places = { limit: 'limits', split: 'splits', model: 'models' } as const;
  const usual = { limit: 'as_given', split: '', model: 'succeed' } as const;
  return (
    <div className={panel.section}>
      <h3 className={panel.label}>{text.assumptions}</h3>
      <div className={panel.rows}>
        {found.map(({ id, title, kind, outputs }) => {
          const place = places[kind];
          const choices =
            kind === 'split'
              ? [{ value: '', label: text.split.hashed }, ...outputs.map(({ name, label }) => ({ value: name, label }))]
              : Object.entries(kind === 'limit' ? text.limit : text.model).map(([value, label]) => ({ value, label }));
          return (
            <div key={id} className={classes.assumption}>
              <span>{title}</span>
              <Select
                aria-label={title}
                data={choices}
                allowDeselect={false}
                value={form[place][id] ?? usual[kind]}
                onChange={(value) => {
                  const { [id]: _, ...rest } = form[place];
                  onChange({ [place]: value === null || value === usual[kind] ? rest : { ...rest, [id]: value } });
                }}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Takes the request of a saved case, or of one that was logged. */
function FillFrom({ onFill }: { onFill: (form: SimulationForm) => void }) {
  const gateway = useEditor((state) => state.gateway);
  const routeId = useEditor((state) => state.routeId);
  const routeName = useEditor((state) => state.routeName);
  const { data: cases = [] } = useQuery(casesQuery(gateway, routeId));
  const { data: logs = [], refetch } = useQuery({
    queryKey: ['logs', gateway, 'of-route', routeName],
    queryFn: () =>
      call(
        api.GET('/client/v4/accounts/{account}/ai-gateway/gateways/{gateway}/logs', {
          params: {
            path: { account: ACCOUNT, gateway },
            query: { per_page: 8, filters: JSON.stringify([{ key: 'route', operator: 'eq', value: [routeName] }]) } as never,
          },
        }),
      ),
    enabled: false,
  });
  return (
    <Menu position="bottom-end" onOpen={() => void refetch()} width={280}>
      <Menu.Target>
        <Button size="compact-xs" rightSection={<IconChevronDown size={14} stroke={1.75} />}>
          {text.fillFrom}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {cases.length > 0 ? <Menu.Label>{text.fromCase}</Menu.Label> : null}
        {cases.map((saved) => (
          <Menu.Item key={saved.id} onClick={() => onFill(formOf(saved.facts as never, saved.assumptions as never))}>
            {saved.name}
          </Menu.Item>
        ))}
        <Menu.Label>{logs.length > 0 ? text.fromLog : text.noLogs}</Menu.Label>
        {logs.map((row) => (
          <Menu.Item key={row.id} onClick={() => onFill(formOf({ metadata: (row.metadata ?? {}) as Record<string, unknown> }))}>
            <When at={row.created_at} as="clock" /> {Object.values(row.metadata ?? {}).map(String).join(' · ')}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
