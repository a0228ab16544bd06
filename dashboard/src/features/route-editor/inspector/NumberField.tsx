import { TextInput, type TextInputProps } from '@mantine/core';

import { Marked } from '../problems/Marked';
import { useFieldProblem, useEdit, useTyped } from './edit';
import { type NumberRule, formatNumber, parseNumber } from './parse';

interface NumberFieldProps extends Omit<TextInputProps, 'value' | 'onChange' | 'onBlur' | 'error'> {
  id: string;
  property: string;
  value: unknown;
  rule: NumberRule;
  /** What is stored for what is typed, such as milliseconds for seconds. */
  scale?: number;
  unit?: string;
  prefix?: string;
}

/** One number of a node's properties. */
export function NumberField({ id, property, value, rule, scale = 1, unit, prefix, ...rest }: NumberFieldProps) {
  const edit = useEdit(id);
  const problem = useFieldProblem(id, `properties.${property}`);
  const known = typeof value === 'number' && Number.isFinite(value) ? value / scale : undefined;
  const typed = useTyped<number | undefined>(
    known,
    formatNumber,
    (text) => parseNumber(text, rule),
    (next) => edit.set(['properties', property], next === undefined ? undefined : Math.round(next * scale * 1e12) / 1e12),
    edit.end,
  );
  const error = typed.error ?? (problem === undefined ? undefined : <Marked text={problem} />);
  return (
    <TextInput
      {...rest}
      inputMode="decimal"
      autoComplete="off"
      data-field={`properties.${property}`}
      disabled={edit.isReadOnly}
      leftSection={prefix}
      leftSectionWidth={prefix === undefined ? 0 : 22}
      rightSection={unit}
      rightSectionWidth={unit === undefined ? 0 : 26}
      value={typed.text}
      error={error}
      onChange={(event) => typed.change(event.currentTarget.value)}
      onBlur={typed.blur}
    />
  );
}
