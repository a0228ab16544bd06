import { canvasText as text } from '@/text/editor-canvas';

import { isRecord } from '../model/own';
import type { Parsed } from './edit';

export interface NumberRule {
  /** The number has to be larger than this. */
  above?: number;
  least?: number;
  most?: number;
  isWhole?: boolean;
  /** An empty field removes the value. */
  isOptional?: boolean;
}

/** Only what the field itself can tell; everything else is said by the server's validator. */
export function parseNumber(typed: string, rule: NumberRule): Parsed<number | undefined> {
  const plain = typed.trim().replace(/[, ]/g, '');
  if (plain === '' && rule.isOptional === true) return { value: undefined };
  const number = Number(plain);
  if (plain === '' || !Number.isFinite(number)) return { error: text.fields.number };
  if (rule.isWhole === true && !Number.isInteger(number)) return { error: text.fields.whole };
  if (rule.above !== undefined && !(number > rule.above)) return { error: text.fields.above(rule.above) };
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = rule;
  if (number < least || number > most) return { error: Number.isFinite(most) ? text.fields.between(least, most) : text.fields.above(least) };
  return { value: number };
}

export function formatNumber(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

export function parseObject(typed: string): Parsed<Record<string, unknown> | undefined> {
  if (typed.trim() === '') return { value: undefined };
  try {
    const value: unknown = JSON.parse(typed);
    return isRecord(value) ? { value } : { error: text.fields.jsonObject };
  } catch (error) {
    return { error: text.fields.json(error instanceof Error ? error.message : String(error)) };
  }
}

export function formatObject(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}
