import { ActionIcon, Button, Slider, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';

import { canvasText as text } from '@/text/editor-canvas';

import { useEdit, useFieldProblem, useTyped } from '../../inspector/edit';
import classes from '../../inspector/inspector.module.css';
import { OperandField, seenText } from '../../inspector/OperandField';
import { formatNumber, parseNumber } from '../../inspector/parse';
import { useSeen } from '../../inspector/queries';
import { Section } from '../../inspector/Section';
import { BRANCHES_MAX, BRANCHES_MIN, type Branch, branchesOf, elseShareOf, formatShare, sumOfShares, type RouteElement } from '../../model';
import { Marked } from '../../problems/Marked';
import { SplitSummary } from '../../results/SplitSummary';
import { useEditorStore } from '../../store';
import type { PanelProps } from '../types';

/** Shares within this of 100 % count as 100 %, as the server has it. */
const TOLERANCE = 0.1;

export function SplitPanel({ element }: PanelProps) {
  const store = useEditorStore();
  const edit = useEdit(element.id);
  const branches = branchesOf(element);
  const sum = sumOfShares(element);
  const rest = elseShareOf(element);
  const problem = useFieldProblem(element.id, 'properties.branches');
  const { dispatch } = store.getState();
  const isOver = sum > 100 + TOLERANCE;
  return (
    <>
      <Section
        title={text.split.branches}
        aside={
          <Button size="compact-xs" disabled={edit.isReadOnly} onClick={() => dispatch({ type: 'make-equal', id: element.id })}>
            {text.split.equal}
          </Button>
        }
      >
        <div className={classes.fields} data-field="properties.branches">
          {branches.map((branch, at) => (
            <BranchFields key={at} element={element} branch={branch} canRemove={branches.length + (rest === null ? 0 : 1) > BRANCHES_MIN} />
          ))}
        </div>
        <div className={classes.sum} data-bad={isOver || undefined} role="status">
          <span>{text.split.sum(formatShare(sum))}</span>
          <span>{isOver ? text.split.over(formatShare(sum - 100)) : rest === null ? '' : text.split.elseGets(formatShare(rest))}</span>
        </div>
        {problem === undefined ? null : (
          <div role="alert" style={{ color: 'var(--wp-bad)', fontSize: 12 }}>
            <Marked text={problem} />
          </div>
        )}
        {branches.length >= BRANCHES_MAX || edit.isReadOnly ? null : (
          <div>
            <Button size="compact-xs" leftSection={<IconPlus size={13} stroke={1.75} />} onClick={() => dispatch({ type: 'add-branch', id: element.id })}>
              {text.split.add}
            </Button>
          </div>
        )}
      </Section>
      <Section>
        <Sticky element={element} />
      </Section>
      <SplitSummary element={element} />
    </>
  );
}

function BranchFields({ element, branch, canRemove }: { element: RouteElement; branch: Branch; canRemove: boolean }) {
  const store = useEditorStore();
  const edit = useEdit(element.id);
  const { dispatch } = store.getState();
  const label = branch.label === '' ? branch.output : branch.label;
  const share = (value: number | undefined) => {
    if (value !== undefined) dispatch({ type: 'set-share', id: element.id, output: branch.output, share: value }, { group: `${element.id} share ${branch.label}`, quiet: true });
  };
  const typed = useTyped<number | undefined>(branch.weight ?? undefined, formatNumber, (value) => parseNumber(value, { least: 0, most: 100 }), share, edit.end);
  return (
    <div>
      <div className={classes.branch}>
        <BranchName element={element} branch={branch} />
        <Slider
          size={4}
          thumbSize={14}
          label={null}
          thumbLabel={text.split.share(label)}
          min={0}
          max={100}
          step={1}
          disabled={edit.isReadOnly}
          value={branch.weight ?? 0}
          onChange={share}
          onChangeEnd={edit.end}
        />
        <TextInput
          aria-label={text.split.share(label)}
          inputMode="decimal"
          rightSection="%"
          rightSectionWidth={20}
          disabled={edit.isReadOnly}
          value={typed.text}
          error={typed.error !== undefined}
          onChange={(event) => typed.change(event.currentTarget.value)}
          onBlur={typed.blur}
        />
        {canRemove && !edit.isReadOnly ? (
          <ActionIcon size={26} aria-label={text.split.remove(label)} onClick={() => dispatch({ type: 'remove-branch', id: element.id, output: branch.output })}>
            <IconTrash size={14} stroke={1.75} />
          </ActionIcon>
        ) : (
          <span />
        )}
      </div>
      {typed.error === undefined ? null : (
        <div role="alert" style={{ color: 'var(--wp-bad)', fontSize: 11.5, marginTop: 3 }}>
          {typed.error}
        </div>
      )}
    </div>
  );
}

/** A name that is taken or empty stays in the field; the draft keeps the last good one. */
function BranchName({ element, branch }: { element: RouteElement; branch: Branch }) {
  const store = useEditorStore();
  const edit = useEdit(element.id);
  const others = branchesOf(element).filter(({ output }) => output !== branch.output);
  const typed = useTyped<string>(
    branch.output,
    (value) => value,
    (value) => (value.trim() === '' || value === 'else' || others.some(({ output }) => output === value) ? { error: ' ' } : { value }),
    (name) => store.getState().dispatch({ type: 'rename-branch', id: element.id, output: branch.output, name }, { group: `${element.id} rename ${others.map(({ output }) => output).join()}`, quiet: true }),
    edit.end,
  );
  return (
    <TextInput
      aria-label={text.split.name}
      disabled={edit.isReadOnly}
      value={typed.text}
      error={typed.error !== undefined}
      onChange={(event) => typed.change(event.currentTarget.value)}
      onBlur={typed.blur}
    />
  );
}

function Sticky({ element }: { element: RouteElement }) {
  const edit = useEdit(element.id);
  const seen = useSeen();
  const sticky = typeof element.properties?.sticky === 'string' ? element.properties.sticky : '';
  const problem = useFieldProblem(element.id, 'properties.sticky');
  const said = seenText(seen, sticky);
  return (
    <OperandField
      label={text.split.sticky}
      dataField="properties.sticky"
      value={sticky}
      special={{ value: '', label: text.split.noSticky }}
      disabled={edit.isReadOnly}
      error={problem === undefined ? undefined : <Marked text={problem} />}
      description={[said, text.split.stickyHint].filter(Boolean).join(' ')}
      onChange={(value) => edit.properties({ sticky: value === '' || value === text.split.noSticky ? undefined : value }, 'sticky')}
      onBlur={edit.end}
    />
  );
}
