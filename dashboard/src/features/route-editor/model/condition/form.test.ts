import { describe, expect, it } from 'vitest';

import { seeded } from '../testing';
import { type ConditionGroup, type ConditionItem, type ConditionRow, type Operator, depthOf, readConditions, writeConditions } from './form';
import { withField, withItem, withOperator, valueFromText } from './operators';

const row = (field: string, operator: Operator, value?: unknown): ConditionRow => ({ kind: 'row', field, operator, ...(value === undefined ? {} : { value }) });
const all = (...items: ConditionItem[]): ConditionGroup => ({ kind: 'group', join: 'all', items });
const any = (...items: ConditionItem[]): ConditionGroup => ({ kind: 'group', join: 'any', items });

describe('condition form', () => {
  it('reads a bare value, an operator, a list of fields and several comparisons of one field', () => {
    expect(readConditions({ 'metadata.plan': 'free' })).toEqual(all(row('metadata.plan', 'eq', 'free')));
    expect(readConditions({ 'body.max_tokens': { $gt: 100 } })).toEqual(all(row('body.max_tokens', 'gt', 100)));
    expect(readConditions({ a: 1, b: { $exists: false } })).toEqual(all(row('a', 'eq', 1), row('b', 'missing')));
    expect(readConditions({ a: { $gt: 1, $lt: 5 } })).toEqual(all(row('a', 'gt', 1), row('a', 'lt', 5)));
    expect(readConditions({ $or: [{ a: 1 }, { $and: [{ b: 2 }, { c: 3 }] }] })).toEqual(any(row('a', 'eq', 1), all(row('b', 'eq', 2), row('c', 'eq', 3))));
    expect(readConditions({})).toEqual(all());
  });

  it('reads anchored patterns as starts with and ends with, and others as patterns', () => {
    expect(readConditions({ a: { $regex: '^ab\\.c' } })).toEqual(all(row('a', 'startsWith', 'ab.c')));
    expect(readConditions({ a: { $regex: 'yz$' } })).toEqual(all(row('a', 'endsWith', 'yz')));
    expect(readConditions({ a: { $regex: '^a.*z$' } })).toEqual(all(row('a', 'matches', '^a.*z$')));
    expect(writeConditions(all(row('a', 'startsWith', 'v1.')))).toEqual({ a: { $regex: '^v1\\.' } });
  });

  it('leaves to JSON what rows and groups cannot say', () => {
    for (const conditions of [{ $nor: [{ a: 1 }] }, { a: { $not: { $eq: 1 } } }, { a: { $regex: 'a', $options: 'i' } }, { a: { b: 1 } }, 'text', [1], { $or: [{ $and: [{ $or: [{ $and: [] }] }] }] }]) {
      expect(readConditions(conditions)).toBeNull();
    }
  });

  it('writes what it reads back as the same form', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const form = randomGroup(seeded(seed), 1);
      expect(readConditions(writeConditions(form)), `seed ${seed}`).toEqual(form);
      expect(depthOf(form)).toBeLessThanOrEqual(3);
    }
  });

  it('keeps a value while operator and field change', () => {
    expect(withOperator(row('metadata.n', 'eq', '5'), 'gt')).toEqual(row('metadata.n', 'gt', 5));
    expect(withOperator(row('metadata.n', 'eq', 'x'), 'in')).toEqual(row('metadata.n', 'in', ['x']));
    expect(withOperator(row('metadata.n', 'in', ['x', 'y']), 'eq')).toEqual(row('metadata.n', 'eq', 'x'));
    expect(withOperator(row('metadata.n', 'eq', 'x'), 'exists')).toEqual(row('metadata.n', 'exists'));
    expect(withField(row('metadata.n', 'contains', 'x'), 'body.stream')).toEqual(row('body.stream', 'eq', true));
    expect(valueFromText('abc', 'body.max_tokens', 'gt')).toBe('abc');
  });

  it('changes one item at its place', () => {
    const form = all(row('a', 'eq', '1'), any(row('b', 'eq', '2')));
    expect(withItem(form, [1, 1], row('c', 'exists'))).toEqual(all(row('a', 'eq', '1'), any(row('b', 'eq', '2'), row('c', 'exists'))));
    expect(withItem(form, [1], null)).toEqual(all(row('a', 'eq', '1')));
  });
});

function randomGroup(random: () => number, depth: number): ConditionGroup {
  const count = depth === 1 ? Math.floor(random() * 4) : 1 + Math.floor(random() * 3);
  const items = Array.from({ length: count }, (): ConditionItem => (depth < 3 && random() < 0.35 ? randomGroup(random, depth + 1) : randomRow(random)));
  return { kind: 'group', join: random() < 0.5 ? 'all' : 'any', items };
}

function randomRow(random: () => number): ConditionRow {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const field = pick(['metadata.plan', 'headers.x-tier', 'body.max_tokens', 'time.hour', '__proto__']);
  const value = pick<unknown>(['free', 5, true, 'a.b*c', '^$']);
  const operator = pick<Operator>(['eq', 'ne', 'in', 'nin', 'contains', 'startsWith', 'endsWith', 'matches', 'exists', 'missing', 'gt', 'gte', 'lt', 'lte']);
  if (operator === 'exists' || operator === 'missing') return row(field, operator);
  if (operator === 'in' || operator === 'nin') return row(field, operator, [value]);
  if (operator === 'startsWith' || operator === 'endsWith') return row(field, operator, String(value));
  return row(field, operator, operator === 'matches' ? 'a.*b' : value);
}
