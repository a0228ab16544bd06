/** A new route: a name, and where to begin – from nothing, from a template with the few values that matter, or from a file. */
import { Button, FileButton, Group, Modal, NumberInput, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { ApiFailure } from '@/api/client';
import { newDraft, writeDraft, type RouteDocument } from '@/features/route-editor/model';
import { buildTemplate, defaultsOf, type Template, type TemplateField, templateOf, templates, type TemplateValues } from '@/features/route-editor/model/templates';
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
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={text.title} size={760}>
      {props.opened ? <Form {...props} /> : null}
    </Modal>
  );
}

function Form({ gateway, onClose, start = 'smart-route', copyOf }: NewRouteDialogProps) {
  const navigate = useNavigate();
  const create = useCreateRoute(gateway);
  const { data: routes = [] } = useQuery(summaryQuery(gateway));
  const [chosen, setChosen] = useState(start);
  const [name, setName] = useState(copyOf ? `${copyOf.name}-copy` : freeName(start, routes.map((route) => route.name)));
  const [hasTypedName, setTypedName] = useState(Boolean(copyOf));
  const [values, setValues] = useState<TemplateValues>({});
  const [pasted, setPasted] = useState('');
  const [problem, setProblem] = useState<string>();
  const template = copyOf ? undefined : templateOf(chosen);
  const isTaken = routes.some((route) => route.name.toLowerCase() === name.toLowerCase());
  const nameError = name !== '' && !NAME.test(name) ? text.nameRule : isTaken ? text.nameTaken : undefined;

  const choose = (id: string) => {
    setChosen(id);
    setValues({});
    setProblem(undefined);
    if (!hasTypedName) setName(freeName(id, routes.map((route) => route.name)));
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
      <Stack gap="md">
        <TextInput
          label={text.name}
          description={text.nameHint}
          error={nameError}
          value={name}
          data-autofocus
          maxLength={64}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setTypedName(true);
          }}
        />
        {copyOf ? null : (
          <Radio.Group label={text.start} value={chosen} onChange={choose}>
            <div className={classes.cards}>
              <StartCard id="scratch" name={text.scratch} sentence={text.scratchText} />
              {templates.map((one) => (
                <StartCard key={one.id} id={one.id} name={one.name} sentence={one.sentence} document={buildTemplate(one)} isMock />
              ))}
              <StartCard id="import" name={text.importJson} sentence={text.importText} />
            </div>
          </Radio.Group>
        )}
        {template ? <TemplateSettings template={template} values={values} onChange={setValues} /> : null}
        {chosen === 'import' && !copyOf ? <Import value={pasted} onChange={setPasted} /> : null}
        {problem ? (
          <Text role="alert" c="var(--wp-bad)" size="md">
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
      </Stack>
    </form>
  );
}

function StartCard({ id, name, sentence, document, isMock }: { id: string; name: string; sentence: string; document?: RouteDocument; isMock?: boolean }) {
  return (
    <Radio.Card value={id} className={classes.card} aria-label={name}>
      <span className={classes.stamp}>{document ? <Thumbnail document={document} /> : null}</span>
      <span className={classes.cardName}>{name}</span>
      <span className={classes.cardText}>{sentence}</span>
      {isMock ? <span className={classes.cardHint}>{text.mock}</span> : null}
    </Radio.Card>
  );
}

function TemplateSettings({ template, values, onChange }: { template: Template; values: TemplateValues; onChange: (values: TemplateValues) => void }) {
  const current = { ...defaultsOf(template), ...values };
  const set = (id: string, value: string | number) => onChange({ ...values, [id]: value });
  return (
    <section>
      <h2 style={{ marginBottom: 8 }}>{text.settings}</h2>
      <div className={classes.fields}>
        {template.fields.map((field) => (
          <Field key={field.id} field={field} value={current[field.id] ?? ''} onChange={(value) => set(field.id, value)} />
        ))}
      </div>
    </section>
  );
}

function Field({ field, value, onChange }: { field: TemplateField; value: string | number; onChange: (value: string | number) => void }) {
  if (field.kind === 'model' || field.kind === 'operand' || field.kind === 'text') {
    return <TextInput label={field.label} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  return (
    <NumberInput
      label={field.label}
      value={value}
      min={field.kind === 'window' ? 1 : field.min}
      {...(field.kind === 'percent' ? { max: field.max, suffix: ' %' } : {})}
      {...(field.kind === 'money' ? { prefix: '$' } : {})}
      {...(field.kind === 'window' ? { suffix: ' s' } : {})}
      onChange={(next) => {
        if (typeof next === 'number') onChange(next);
      }}
    />
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
