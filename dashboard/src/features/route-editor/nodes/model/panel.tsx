import { NumberInput, SegmentedControl, Select, TagsInput, Textarea } from '@mantine/core';

import { canvasText as text } from '@/text/editor-canvas';

import { ModelFacts } from '../../facts/TrafficFacts';
import { useEdit, useFieldProblem, useTyped } from '../../inspector/edit';
import classes from '../../inspector/inspector.module.css';
import { NumberField } from '../../inspector/NumberField';
import { formatObject, parseObject } from '../../inspector/parse';
import { useProviders } from '../../inspector/queries';
import { More, Section } from '../../inspector/Section';
import type { RouteElement } from '../../model';
import { isRecord } from '../../model/own';
import { Marked } from '../../problems/Marked';
import type { PanelProps } from '../types';
import { named } from './card';
import { ModelField, ProviderField } from './choose';
import { PriceNote } from './price';

/** Which model is called, with which key, how patiently, and when its fallback is taken. */
export function ModelPanel({ element }: PanelProps) {
  const { provider, model } = named(element);
  const properties = element.properties ?? {};
  return (
    <>
      <Section>
        <ProviderField element={element} provider={provider} />
        <ModelField element={element} provider={provider} model={model} />
        <PriceNote provider={provider} model={model} />
        <KeyField element={element} provider={provider} />
      </Section>
      <Section>
        <div className={classes.row}>
          <NumberField id={element.id} property="timeout" label={text.model.timeout} value={properties.timeout} scale={1000} unit="s" rule={{ least: 0, isOptional: true }} className={classes.grow ?? ''} />
          <NumberField id={element.id} property="retries" label={text.model.retries} value={properties.retries} rule={{ least: 0, most: 5, isWhole: true, isOptional: true }} w={88} />
        </div>
        <div className={classes.row}>
          <NumberField id={element.id} property="retryDelay" label={text.model.delay} value={properties.retryDelay} unit="ms" placeholder="500" rule={{ least: 0, most: 60_000, isOptional: true }} className={classes.grow ?? ''} />
          <Backoff element={element} />
        </div>
        <More label={text.inspector.more(text.model.more)}>
          <Parameters element={element} />
          <FallbackOn element={element} />
        </More>
      </Section>
      <ModelFacts element={element} />
    </>
  );
}

function KeyField({ element, provider }: { element: RouteElement; provider: string }) {
  const edit = useEdit(element.id);
  const info = useProviders()?.find((entry) => entry.slug === provider);
  const alias = typeof element.properties?.byokAlias === 'string' ? element.properties.byokAlias : '';
  if (info?.mock === true && alias === '') return null;
  const known = (info?.keys ?? []).map((key) => key.alias);
  const options = [...new Set([...known, ...(alias === '' ? [] : [alias])])];
  return (
    <Select
      label={text.model.alias}
      data-field="properties.byokAlias"
      disabled={edit.isReadOnly}
      allowDeselect={false}
      data={[{ value: '', label: text.model.aliasDefault }, ...options.map((value) => ({ value, label: value }))]}
      value={alias}
      onChange={(value) => edit.properties({ byokAlias: value === '' || value === null ? undefined : value })}
    />
  );
}

function Backoff({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const value = element.properties?.backoff;
  return (
    <Select
      label={text.model.backoff}
      w={128}
      data-field="properties.backoff"
      disabled={edit.isReadOnly}
      allowDeselect={false}
      data={Object.entries(text.model.backoffs).map(([name, label]) => ({ value: name, label }))}
      value={typeof value === 'string' ? value : 'exponential'}
      onChange={(next) => edit.properties({ backoff: next === 'exponential' ? undefined : next })}
    />
  );
}

/** The two everybody knows have fields of their own; the rest is JSON. */
function Parameters({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const parameters = isRecord(element.properties?.parameters) ? element.properties.parameters : {};
  const { temperature, max_tokens: maxTokens, ...others } = parameters;
  const problem = useFieldProblem(element.id, 'properties.parameters');
  const put = (next: Record<string, unknown>) => {
    const kept = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
    edit.properties({ parameters: Object.keys(kept).length === 0 ? undefined : kept }, 'parameters');
  };
  const typed = useTyped<Record<string, unknown> | undefined>(
    Object.keys(others).length === 0 ? undefined : others,
    formatObject,
    parseObject,
    (value) => put({ ...(temperature === undefined ? {} : { temperature }), ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }), ...value }),
    edit.end,
  );
  return (
    <div className={classes.fields} data-field="properties.parameters">
      <div className={classes.row}>
        <NumberInput
          className={classes.grow ?? ''}
          label={text.model.temperature}
          placeholder={text.model.unset}
          min={0}
          max={2}
          step={0.1}
          disabled={edit.isReadOnly}
          value={typeof temperature === 'number' ? temperature : ''}
          onChange={(value) => put({ ...parameters, temperature: typeof value === 'number' ? value : undefined })}
          onBlur={edit.end}
        />
        <NumberInput
          className={classes.grow ?? ''}
          label={text.model.maxTokens}
          placeholder={text.model.unset}
          min={1}
          step={100}
          disabled={edit.isReadOnly}
          value={typeof maxTokens === 'number' ? maxTokens : ''}
          onChange={(value) => put({ ...parameters, max_tokens: typeof value === 'number' ? value : undefined })}
          onBlur={edit.end}
        />
      </div>
      <Textarea
        label={text.model.parameters}
        autosize
        minRows={2}
        maxRows={10}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--wp-mono)', fontSize: 12 } }}
        disabled={edit.isReadOnly}
        value={typed.text}
        error={typed.error ?? (problem === undefined ? undefined : <Marked text={problem} />)}
        onChange={(event) => typed.change(event.currentTarget.value)}
        onBlur={typed.blur}
      />
    </div>
  );
}

/** What the default list holds, for whom it is the beginning of an own one. */
const DEFAULT_LIST = ['timeout', 'connect', '401', '403', '404', '408', '409', '429', '500', '502', '503', '504'];

function FallbackOn({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const value = element.properties?.fallbackOn;
  const kind = Array.isArray(value) ? 'list' : value === 'any' ? 'any' : 'default';
  const problem = useFieldProblem(element.id, 'properties.fallbackOn');
  const choose = (next: string) => edit.properties({ fallbackOn: next === 'list' ? DEFAULT_LIST.map(entryOf) : next === 'any' ? 'any' : undefined });
  return (
    <div data-field="properties.fallbackOn">
      <span className={classes.label}>{text.model.fallbackOn}</span>
      <SegmentedControl
        fullWidth
        aria-label={text.model.fallbackOn}
        disabled={edit.isReadOnly}
        value={kind}
        onChange={choose}
        data={Object.entries(text.model.fallbackKinds).map(([name, label]) => ({ value: name, label }))}
      />
      {kind === 'default' ? (
        <div className={classes.hint} style={{ marginTop: 4 }}>
          {text.model.fallbackHint}
        </div>
      ) : null}
      {Array.isArray(value) ? (
        <TagsInput
          mt={8}
          size="xs"
          aria-label={text.model.fallbackList}
          data={DEFAULT_LIST}
          disabled={edit.isReadOnly}
          value={value.map(String)}
          error={problem === undefined ? undefined : <Marked text={problem} />}
          onChange={(entries) => edit.properties({ fallbackOn: entries.map(entryOf) }, 'fallbackOn')}
          onBlur={edit.end}
        />
      ) : null}
    </div>
  );
}

function entryOf(entry: string): string | number {
  return /^\d+$/.test(entry) ? Number(entry) : entry;
}
