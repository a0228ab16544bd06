import { SegmentedControl, Textarea } from '@mantine/core';
import { useState } from 'react';

import { canvasText as text } from '@/text/editor-canvas';

import { ConditionFacts } from '../../facts/ConditionFacts';
import { useEdit, useFieldProblem, useTyped } from '../../inspector/edit';
import classes from '../../inspector/inspector.module.css';
import { formatObject, parseObject } from '../../inspector/parse';
import { Section } from '../../inspector/Section';
import { conditionSentence, readConditions, writeConditions, type ConditionGroup, type RouteElement } from '../../model';
import { Marked } from '../../problems/Marked';
import { Pieces } from '../parts/Pieces';
import type { PanelProps } from '../types';
import { GroupFields } from './rows';

type Mode = 'rows' | 'json' | 'expression';

/** One condition, as rows and groups, as JSON, or as an expression. */
export function ConditionPanel({ element }: PanelProps) {
  const { conditions, expression } = element.properties ?? {};
  const edit = useEdit(element.id);
  const group = readConditions(conditions);
  const natural: Mode = typeof expression === 'string' ? 'expression' : group === null ? 'json' : 'rows';
  const [chosen, setChosen] = useState<Mode>(natural);
  const mode: Mode = natural === 'expression' || (chosen === 'rows' && group === null) ? natural : chosen === 'expression' ? natural : chosen;
  const choose = (next: string) => {
    setChosen(next as Mode);
    if (next === 'expression') edit.properties({ expression: '', conditions: undefined });
    else if (natural === 'expression') edit.properties({ expression: undefined, conditions: {} });
  };
  return (
    <>
      <Section>
        <SegmentedControl
          fullWidth
          aria-label={text.condition.mode}
          disabled={edit.isReadOnly}
          value={mode}
          onChange={choose}
          data={[
            { value: 'rows', label: text.condition.rows, disabled: group === null && natural !== 'expression' },
            { value: 'json', label: text.condition.json },
            { value: 'expression', label: text.condition.expression },
          ]}
        />
        {mode === 'rows' ? <Rows element={element} group={group ?? { kind: 'group', join: 'all', items: [] }} /> : null}
        {mode === 'json' ? <AsJson element={element} isOnly={group === null} /> : null}
        {mode === 'expression' ? <AsExpression element={element} /> : null}
      </Section>
      <Section title={text.condition.preview}>
        <p className={classes.prose}>
          <Pieces pieces={conditionSentence(element)} />
        </p>
        <p className={classes.hint} style={{ margin: 0 }}>
          {text.condition.missing}
        </p>
      </Section>
      <ConditionFacts element={element} />
    </>
  );
}

function Rows({ element, group }: { element: RouteElement; group: ConditionGroup }) {
  const edit = useEdit(element.id);
  const problem = useFieldProblem(element.id, 'properties.conditions');
  return (
    <div className={classes.fields} data-field="properties.conditions">
      <GroupFields
        group={group}
        root={group}
        path={[]}
        isReadOnly={edit.isReadOnly}
        onChange={(next, slot) => edit.properties({ conditions: writeConditions(next) }, slot)}
        onBlur={edit.end}
      />
      {problem === undefined ? null : (
        <div role="alert" style={{ color: 'var(--wp-bad)', fontSize: 12 }}>
          <Marked text={problem} />
        </div>
      )}
    </div>
  );
}

function AsJson({ element, isOnly }: { element: RouteElement; isOnly: boolean }) {
  const edit = useEdit(element.id);
  const problem = useFieldProblem(element.id, 'properties.conditions');
  const typed = useTyped<Record<string, unknown> | undefined>(
    element.properties?.conditions as Record<string, unknown> | undefined,
    formatObject,
    parseObject,
    (value) => edit.set(['properties', 'conditions'], value ?? {}),
    edit.end,
  );
  return (
    <Textarea
      label={text.condition.jsonLabel}
      description={isOnly ? text.condition.onlyJson : undefined}
      data-field="properties.conditions"
      autosize
      minRows={5}
      maxRows={18}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--wp-mono)', fontSize: 12 } }}
      disabled={edit.isReadOnly}
      value={typed.text}
      error={typed.error ?? (problem === undefined ? undefined : <Marked text={problem} />)}
      onChange={(event) => typed.change(event.currentTarget.value)}
      onBlur={typed.blur}
    />
  );
}

function AsExpression({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const problem = useFieldProblem(element.id, 'properties.expression');
  const typed = useTyped<string>(
    String(element.properties?.expression ?? ''),
    (value) => value,
    (value) => ({ value }),
    (value) => edit.set(['properties', 'expression'], value),
    edit.end,
  );
  return (
    <Textarea
      label={text.condition.celLabel}
      description={text.condition.celHint}
      data-field="properties.expression"
      autosize
      minRows={3}
      maxRows={12}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--wp-mono)', fontSize: 12 } }}
      disabled={edit.isReadOnly}
      value={typed.text}
      error={problem === undefined ? undefined : <Marked text={problem} />}
      onChange={(event) => typed.change(event.currentTarget.value)}
      onBlur={typed.blur}
    />
  );
}
