/** A new route: a name, and where to begin – from nothing, from a template with the few values that matter, or from a file. */
import { Button, FileButton, Group, Modal, NumberInput, Radio, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconFileImport, IconPencilPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState, type ReactNode } from 'react';

import { ApiFailure } from '@/api/client';
import { useFocusBack } from '@/components/focus-back';
import { OperandField } from '@/features/route-editor/inspector/OperandField';
import { joinWindow, newDraft, splitWindow, WINDOW_UNITS, writeDraft, type RouteDocument, type WindowUnit } from '@/features/route-editor/model';
import { buildTemplate, defaultsOf, type Template, type TemplateField, templateOf, templates, type TemplateValues } from '@/features/route-editor/model/templates';
import { ModelPick, ProviderPick } from '@/features/route-editor/nodes/model/pick';
import { canvasText } from '@/text/editor-canvas';
import { routesText } from '@/text/routes';

import classes from './routes.module.css';
import { readDocument, summaryQuery, useCreateRoute } from './queries';
import { Thumbnail } from './Thumbnail';

const text = routesText.dialog;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const SCRATCH: RouteDocument = { elements: [{ id: 'start', type: 'start', outputs: {} }, { id: 'end', type: 'end', outputs: {} }] };

interface NewRouteDialogProps {
  gateway: string;
  opened: boolean;
  onClose: () => void;
  /** What is chosen at first: `scratch`, `import`, or the id of a template. */
  start?: string | undefined;
  /** The flow of another route, to begin with a copy of it. */
  copyOf?: { name: string; document: RouteDocument } | undefined;
}

export function NewRouteDialog(props: NewRouteDialogProps) {
  useFocusBack(props.opened);
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={text.title} size={props.copyOf ? 520 : 1000}>
      {props.opened ? <Form {...props} /> : null}
    </Modal>
  );
}

function Form({ gateway, onClose, start: asked, copyOf }: NewRouteDialogProps) {
  const start = asked === 'scratch' || asked === 'import' || templateOf(asked ?? '') ? asked! : 'smart-route';
  const navigate = useNavigate();
  const create = useCreateRoute(gateway);
  const { data: routes = [] } = useQuery(summaryQuery(gateway));
  const [chosen, setChosen] = useState(start);
  const [typedName, setTypedName] = useState(copyOf ? `${copyOf.name}-copy` : undefined);
  const [values, setValues] = useState<TemplateValues>({});
  const [pasted, setPasted] = useState('');
  const [problem, setProblem] = useState<string>();
  // Which names are taken may be known later than the dialog is opened.
  const name = typedName ?? freeName(chosen, routes.map((route) => route.name));
  const template = copyOf ? undefined : templateOf(chosen);
  const isTaken = routes.some((route) => route.name.toLowerCase() === name.toLowerCase());
  const nameError = name !== '' && !NAME.test(name) ? text.nameRule : isTaken ? text.nameTaken : undefined;

  const choose = (id: string) => {
    setChosen(id);
    setValues({});
    setProblem(undefined);
  };
  const submit = async () => {
    setProblem(undefined);
    try {
      const document = copyOf?.document ?? (template ? buildTemplate(template, values) : chosen === 'import' ? await imported(gateway, pasted) : SCRATCH);
      await create.mutateAsync({ name, document: writeDraft(newDraft(document)) as unknown as RouteDocument });
      onClose();
      await navigate({ to: '/g/$gw/routes/$route', params: { gw: gateway, route: name } });
    } catch (cause) {
      setProblem(cause instanceof Error ? cause.message : text.failed);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name !== '' && !nameError) void submit();
      }}
    >
      <div className={classes.form} data-copy={copyOf ? true : undefined}>
        {copyOf ? null : <Starts chosen={chosen} onChoose={choose} />}
        <div className={classes.details}>
          <TextInput
            label={text.name}
            description={text.nameHint}
            error={nameError}
            value={name}
            data-autofocus
            maxLength={64}
            onChange={(event) => setTypedName(event.currentTarget.value)}
          />
          {template ? <TemplateSettings template={template} values={values} onChange={setValues} /> : null}
          {chosen === 'import' && !copyOf ? <Import value={pasted} onChange={setPasted} /> : null}
        </div>
      </div>
      <div className={classes.foot}>
        {problem ? (
          <Text role="alert" c="var(--wp-bad)" size="md" className={classes.problemText}>
            {problem}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button type="button" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" variant="filled" disabled={name === '' || nameError !== undefined} loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </div>
    </form>
  );
}

/** From nothing, from a template, from a file. */
function Starts({ chosen, onChoose }: { chosen: string; onChoose: (id: string) => void }) {
  return (
    <Radio.Group label={text.start} description={text.mock} value={chosen} onChange={onChoose} classNames={{ label: classes.legend ?? '', description: classes.startHint ?? '' }}>
      <div className={classes.cards}>
        <StartCard id="scratch" name={text.scratch} sentence={text.scratchText} stamp={<IconPencilPlus aria-hidden size={20} stroke={1.6} />} />
        {templates.map((one) => (
          <StartCard key={one.id} id={one.id} name={one.name} sentence={one.sentence} stamp={<Thumbnail document={buildTemplate(one)} />} />
        ))}
        <StartCard id="import" name={text.importJson} sentence={text.importText} stamp={<IconFileImport aria-hidden size={20} stroke={1.6} />} />
      </div>
    </Radio.Group>
  );
}

function StartCard({ id, name, sentence, stamp }: { id: string; name: string; sentence: string; stamp: ReactNode }) {
  return (
    <Radio.Card value={id} className={classes.card} aria-label={name}>
      <span className={classes.stamp}>{stamp}</span>
      <span className={classes.cardName}>{name}</span>
      <span className={classes.cardText}>{sentence}</span>
    </Radio.Card>
  );
}

function TemplateSettings({ template, values, onChange }: { template: Template; values: TemplateValues; onChange: (values: TemplateValues) => void }) {
  const current = { ...defaultsOf(template), ...values };
  const set = (id: string, value: string | number) => onChange({ ...values, [id]: value });
  return (
    <section className={classes.fields} aria-label={text.settings}>
      {template.fields.map((field) => (
        <Field key={field.id} field={field} value={current[field.id] ?? ''} onChange={(value) => set(field.id, value)} />
      ))}
    </section>
  );
}

interface FieldProps {
  field: TemplateField;
  value: string | number;
  onChange: (value: string | number) => void;
}

function Field({ field, value, onChange }: FieldProps) {
  const { kind, label } = field;
  if (kind === 'model') return <ModelSetting label={label} value={String(value)} onChange={onChange} />;
  if (kind === 'operand') return <OperandField label={label} value={String(value)} onChange={onChange} />;
  if (kind === 'window') return <WindowSetting label={label} seconds={Number(value)} onChange={onChange} />;
  if (kind === 'text') return <TextInput label={label} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <NumberInput
      label={label}
      value={value}
      min={field.min}
      {...(kind === 'percent' ? { max: field.max, suffix: ' %' } : {})}
      {...(kind === 'money' ? { prefix: '$' } : {})}
      onChange={(next) => {
        if (typeof next === 'number') onChange(next);
      }}
    />
  );
}

/** A template says `provider/model` in one text; a provider has no slash in its name, a model may have. */
function ModelSetting({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const id = useId();
  const [provider = '', ...rest] = value.split('/');
  return (
    <div role="group" aria-labelledby={id}>
      <span id={id} className={classes.legend}>
        {label}
      </span>
      <div className={classes.pair}>
        <ProviderPick isLabelHidden provider={provider} onPick={(next) => onChange(`${next}/`)} />
        <ModelPick isLabelHidden provider={provider} model={rest.join('/')} onPick={(model) => onChange(`${provider}/${model}`)} />
      </div>
    </div>
  );
}

/** "1 hour" rather than 3600 seconds. */
function WindowSetting({ label, seconds, onChange }: { label: string; seconds: number; onChange: (seconds: number) => void }) {
  const id = useId();
  // 24 hours are a day, but not while somebody types hours.
  const [unit, setUnit] = useState<WindowUnit>(() => splitWindow(seconds).unit);
  const amount = seconds / joinWindow(1, unit);
  return (
    <div role="group" aria-labelledby={id}>
      <span id={id} className={classes.legend}>
        {label}
      </span>
      <div className={classes.pair}>
        <NumberInput
          aria-label={canvasText.limit.windowCount}
          value={amount}
          min={1}
          allowDecimal={false}
          onChange={(next) => {
            if (typeof next === 'number' && next > 0) onChange(joinWindow(next, unit));
          }}
        />
        <Select
          aria-label={canvasText.limit.windowUnit}
          allowDeselect={false}
          data={WINDOW_UNITS.map((each) => ({ value: each, label: canvasText.limit.units[each] }))}
          value={unit}
          onChange={(next) => {
            const wished = (next ?? 'hour') as WindowUnit;
            setUnit(wished);
            onChange(joinWindow(amount, wished));
          }}
        />
      </div>
    </div>
  );
}

function Import({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Stack gap={6}>
      <Textarea
        label={text.document}
        autosize
        minRows={5}
        maxRows={12}
        styles={{ input: { fontFamily: 'var(--wp-mono)', fontSize: 12 } }}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div>
        <FileButton accept="application/json,.json" onChange={(file) => void file?.text().then(onChange)}>
          {(props) => <Button {...props}>{text.choose}</Button>}
        </FileButton>
      </div>
    </Stack>
  );
}

async function imported(gateway: string, pasted: string): Promise<RouteDocument> {
  try {
    return await readDocument(gateway, pasted);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Error(text.notJson(cause.message));
    if (cause instanceof ApiFailure) throw cause;
    throw new Error(text.notRead(cause instanceof Error ? cause.message : ''));
  }
}

/** A name that no route has yet, made from what was chosen. */
function freeName(chosen: string, names: string[]): string {
  const stem = chosen === 'scratch' || chosen === 'import' ? 'my-route' : chosen;
  const taken = new Set(names.map((name) => name.toLowerCase()));
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}
