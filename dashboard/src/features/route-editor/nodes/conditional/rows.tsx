import { ActionIcon, Autocomplete, Button, Select, TagsInput } from '@mantine/core';
import { IconFolderPlus, IconPlus, IconTrash } from '@tabler/icons-react';

import { canvasText as text } from '@/text/editor-canvas';
import { routeEditorText } from '@/text/route-editor';

import classes from '../../inspector/inspector.module.css';
import { OperandField } from '../../inspector/OperandField';
import { useSeen } from '../../inspector/queries';
import {
  type ConditionGroup,
  type ConditionItem,
  type ConditionRow,
  GROUP_DEPTH_MAX,
  type ItemPath,
  type Operator,
  emptyRow,
  fieldType,
  operatorsFor,
  takesList,
  takesValue,
  valueFromText,
  valueToText,
  withField,
  withItem,
  withOperator,
} from '../../model';

interface FieldsProps {
  root: ConditionGroup;
  path: ItemPath;
  isReadOnly: boolean;
  /** The whole condition, and the slot that was edited: typing in one slot is one undo step. */
  onChange: (root: ConditionGroup, slot: string) => void;
  onBlur: () => void;
}

export function GroupFields({ group, ...props }: FieldsProps & { group: ConditionGroup }) {
  const { root, path, isReadOnly, onChange } = props;
  const put = (item: ConditionItem | null, at: ItemPath, slot: string) => onChange(withItem(root, at, item), slot);
  const items = group.items.length === 0 && path.length === 0 ? [{ ...emptyRow(), field: '' }] : group.items;
  return (
    <div className={classes.group}>
      {items.length > 1 || path.length > 0 ? (
        <Select
          aria-label={text.condition.joinLabel}
          disabled={isReadOnly}
          allowDeselect={false}
          data={[
            { value: 'all', label: text.condition.join.all },
            { value: 'any', label: text.condition.join.any },
          ]}
          value={group.join}
          onChange={(join) => put({ ...group, join: join === 'any' ? 'any' : 'all' }, path, 'join')}
        />
      ) : null}
      {items.map((item, at) =>
        item.kind === 'row' ? (
          <RowFields key={at} row={item} {...props} path={[...path, at]} canRemove={group.items.length > 0} />
        ) : (
          <div key={at}>
            <GroupFields group={item} {...props} path={[...path, at]} />
            <Button size="compact-xs" variant="subtle" mt={6} disabled={isReadOnly} onClick={() => put(null, [...path, at], 'remove')}>
              {text.condition.removeGroup}
            </Button>
          </div>
        ),
      )}
      {isReadOnly ? null : (
        <div className={classes.actions}>
          <Button size="compact-xs" leftSection={<IconPlus size={13} stroke={1.75} />} onClick={() => put(emptyRow(), [...path, Math.max(group.items.length, path.length === 0 && group.items.length === 0 ? 0 : group.items.length)], 'add')}>
            {text.condition.addRow}
          </Button>
          {path.length < GROUP_DEPTH_MAX - 1 ? (
            <Button size="compact-xs" leftSection={<IconFolderPlus size={13} stroke={1.75} />} onClick={() => put({ kind: 'group', join: group.join === 'all' ? 'any' : 'all', items: [emptyRow()] }, [...path, group.items.length], 'add')}>
              {text.condition.addGroup}
            </Button>
          ) : null}
        </div>
      )}
    </div>
  );
}

function RowFields({ row, root, path, isReadOnly, onChange, onBlur, canRemove }: FieldsProps & { row: ConditionRow; canRemove: boolean }) {
  const slot = path.join('.');
  const put = (next: ConditionRow, what: string) => onChange(withItem(root, path, next), `${slot} ${what}`);
  return (
    <div className={classes.condition}>
      <div className={classes.conditionFields}>
        <OperandField
          label={text.condition.field}
          isLabelHidden
          value={row.field}
          disabled={isReadOnly}
          onChange={(field) => put(withField(row, field), 'field')}
          onBlur={onBlur}
        />
        <Select
          aria-label={text.condition.operator}
          disabled={isReadOnly}
          allowDeselect={false}
          maxDropdownHeight={320}
          data={operatorsFor(row.field).map((operator) => ({ value: operator, label: routeEditorText.operators[operator] }))}
          value={row.operator}
          onChange={(operator) => put(withOperator(row, (operator ?? 'eq') as Operator), 'operator')}
        />
        {takesValue(row.operator) ? <ValueField row={row} isReadOnly={isReadOnly} put={(value) => put({ ...row, value }, 'value')} onBlur={onBlur} /> : null}
      </div>
      {canRemove && !isReadOnly ? (
        <ActionIcon size={26} aria-label={text.condition.removeRow} onClick={() => onChange(withItem(root, path, null), 'remove')}>
          <IconTrash size={14} stroke={1.75} />
        </ActionIcon>
      ) : (
        <span />
      )}
    </div>
  );
}

function ValueField({ row, isReadOnly, put, onBlur }: { row: ConditionRow; isReadOnly: boolean; put: (value: unknown) => void; onBlur: () => void }) {
  const seen = useSeen();
  const known = seen?.metadata.find(({ key }) => `metadata.${key}` === row.field)?.values.map(({ value }) => value) ?? [];
  if (takesList(row.operator)) {
    return (
      <TagsInput
        size="xs"
        aria-label={text.condition.listValue}
        placeholder={Array.isArray(row.value) && row.value.length > 0 ? undefined : text.condition.listValue}
        disabled={isReadOnly}
        data={known}
        value={(Array.isArray(row.value) ? row.value : []).map(valueToText)}
        onChange={(values) => put(values.map((value) => valueFromText(value, row.field, row.operator)))}
        onBlur={onBlur}
      />
    );
  }
  if (fieldType(row.field) === 'yes-no') {
    return (
      <Select
        aria-label={text.condition.value}
        disabled={isReadOnly}
        allowDeselect={false}
        data={[
          { value: 'true', label: text.condition.yes },
          { value: 'false', label: text.condition.no },
        ]}
        value={valueToText(row.value)}
        onChange={(value) => put(value === 'true')}
      />
    );
  }
  return (
    <Autocomplete
      size="xs"
      aria-label={text.condition.value}
      placeholder={known[0] ?? ''}
      disabled={isReadOnly}
      data={[...new Set(known)]}
      value={valueToText(row.value)}
      onChange={(value) => put(valueFromText(value, row.field, row.operator))}
      onBlur={onBlur}
    />
  );
}
