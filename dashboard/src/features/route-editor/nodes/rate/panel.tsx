import { Radio, Select } from '@mantine/core';

import { canvasText as text } from '@/text/editor-canvas';

import { LimitFacts } from '../../facts/TrafficFacts';
import { useEdit, useFieldProblem } from '../../inspector/edit';
import { Buckets } from '../../inspector/Buckets';
import classes from '../../inspector/inspector.module.css';
import { NumberField } from '../../inspector/NumberField';
import { OperandField, seenText } from '../../inspector/OperandField';
import { useSeen } from '../../inspector/queries';
import { More, Section } from '../../inspector/Section';
import { isBudget, type RouteElement } from '../../model';
import { Marked } from '../../problems/Marked';
import type { PanelProps } from '../types';
import { TechniqueField, WindowFields } from './window';

const radio = { label: classes.radio ?? '', description: classes.radioHint ?? '' };

/** A rate limit or a budget: how much, in which window, for whom, and what happens at the border. */
export function RatePanel({ element }: PanelProps) {
  const isCost = isBudget(element);
  const edit = useEdit(element.id);
  const properties = element.properties ?? {};
  return (
    <>
      <Section>
        <div>
          <span className={classes.label}>{isCost ? text.limit.budget : text.limit.limit}</span>
          <div className={classes.row}>
            <NumberField
              id={element.id}
              property="limit"
              aria-label={isCost ? text.limit.amount : text.limit.requests}
              value={properties.limit}
              rule={{ above: 0, isWhole: !isCost }}
              {...(isCost ? { prefix: '$' } : {})}
              w={112}
            />
            <span className={classes.per}>{text.limit.per}</span>
            <WindowFields element={element} />
          </div>
        </div>
        <TechniqueField element={element} />
        <KeyField element={element} />
        {isCost ? (
          <Radio.Group
            label={text.limit.stops}
            classNames={{ label: classes.label ?? '' }}
            data-field="properties.enforcement"
            value={properties.enforcement === 'strict' ? 'strict' : 'soft'}
            onChange={(value) => edit.properties({ enforcement: value === 'strict' ? 'strict' : undefined })}
          >
            <div className={classes.fields} style={{ gap: 6 }}>
              <Radio size="xs" classNames={radio} value="soft" label={text.limit.soft} description={text.limit.softHint} disabled={edit.isReadOnly} />
              <Radio size="xs" classNames={radio} value="strict" label={text.limit.strict} disabled={edit.isReadOnly} />
            </div>
          </Radio.Group>
        ) : null}
        <More label={text.inspector.more(text.limit.more)}>
          <Rare element={element} />
        </More>
      </Section>
      <LimitFacts element={element} />
      <Buckets element={element} />
    </>
  );
}

function KeyField({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const seen = useSeen();
  const key = typeof element.properties?.key === 'string' ? element.properties.key : '';
  const problem = useFieldProblem(element.id, 'properties.key');
  const missing = element.properties?.missingKey === 'fallback' ? text.limit.missing.fallback : text.limit.missing.shared;
  const said = seenText(seen, key);
  return (
    <OperandField
      label={text.limit.key}
      dataField="properties.key"
      value={key}
      special={{ value: '*', label: text.fields.everyone }}
      disabled={edit.isReadOnly}
      error={problem === undefined ? undefined : <Marked text={problem} />}
      description={key === '*' ? undefined : [said, `${text.limit.keyMissing}: ${missing.toLowerCase()}.`].filter(Boolean).join(' ')}
      onChange={(value) => edit.properties({ key: value === text.fields.everyone ? '*' : value }, 'key')}
      onBlur={edit.end}
    />
  );
}

/** Settings that are right as they are for most. */
function Rare({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const properties = element.properties ?? {};
  const choice = (property: string, label: string, fallback: string, options: Readonly<Record<string, string>>, description?: string) => (
    <Select
      label={label}
      description={description}
      inputWrapperOrder={['label', 'input', 'description']}
      data-field={`properties.${property}`}
      disabled={edit.isReadOnly}
      allowDeselect={false}
      data={Object.entries(options).map(([value, name]) => ({ value, label: name }))}
      value={typeof properties[property] === 'string' ? (properties[property] as string) : fallback}
      onChange={(value) => edit.properties({ [property]: value === fallback ? undefined : value })}
    />
  );
  return (
    <>
      {properties.key === '*' ? null : choice('missingKey', text.limit.keyMissing, 'shared', text.limit.missing)}
      {choice('mode', text.limit.mode, 'enforce', text.limit.modes, properties.mode === 'watch' ? text.limit.modeHint : undefined)}
      {choice('onUnavailable', text.limit.unavailable, 'fallback', text.limit.unavailables)}
    </>
  );
}
