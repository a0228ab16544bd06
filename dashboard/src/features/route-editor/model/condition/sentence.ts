import { routeEditorText as text } from '@/text/route-editor';

import { memoised } from '../memo';
import type { Piece, RouteElement } from '../types';
import { type ConditionGroup, type ConditionItem, type ConditionRow, readConditions } from './form';

/** Rows that a card shows; the rest is counted. */
const ROWS_SHOWN = 3;

/** The condition as one sentence per row: "If `metadata.plan` equals `free`", "and …", "+2 more". */
export const conditionRows: (element: RouteElement) => readonly (readonly Piece[])[] = memoised((element) => {
  const { conditions, expression } = element.properties ?? {};
  if (typeof expression === 'string' && expression.trim() !== '') return [[words(text.condition.if), code(expression)]];
  const group = readConditions(conditions);
  if (group === null) return [[words(text.condition.if), words(text.condition.asJson)]];
  if (group.items.length === 0) return [[words(text.condition.empty)]];
  const rows = group.items.map((item, at) => [words(lead(group, at)), ...itemPieces(item)]);
  if (rows.length <= ROWS_SHOWN) return rows;
  return [...rows.slice(0, ROWS_SHOWN), [words(text.condition.more(rows.length - ROWS_SHOWN))]];
});

/** The whole condition in one line, for the inspector's preview and for screen readers. */
export function conditionSentence(element: RouteElement): Piece[] {
  const { conditions, expression } = element.properties ?? {};
  if (typeof expression === 'string' && expression.trim() !== '') return [words(text.condition.if), code(expression)];
  const group = readConditions(conditions);
  if (group === null) return [words(text.condition.if), words(text.condition.asJson)];
  if (group.items.length === 0) return [words(text.condition.empty)];
  return group.items.flatMap((item, at) => [words(lead(group, at)), ...itemPieces(item)]);
}

export function rowPieces({ field, operator, value }: ConditionRow): Piece[] {
  const head = [code(field === '' ? text.condition.noField : field), words(text.operators[operator])];
  if (operator === 'exists' || operator === 'missing') return head;
  return [...head, code(valueText(value))];
}

function itemPieces(item: ConditionItem): Piece[] {
  if (item.kind === 'row') return rowPieces(item);
  const inner = item.items.flatMap((each, at) => [...(at === 0 ? [] : [words(joinWord(item))]), ...itemPieces(each)]);
  return [words('('), ...inner, words(')')];
}

function lead(group: ConditionGroup, at: number): string {
  return at === 0 ? text.condition.if : joinWord(group);
}

function joinWord(group: ConditionGroup): string {
  return group.join === 'all' ? text.condition.and : text.condition.or;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (value === '' || value === undefined) return '…';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function words(content: string): Piece {
  return { text: content };
}

function code(content: string): Piece {
  return { text: content, code: true };
}
