import { describe, expect, it } from 'vitest';

import { addFilter, readFilters, removeFilter, typedFilter, valueFrom, writeFilters, type Field, type Filter } from './filters';

const fields: Field[] = [
  { key: 'route', kind: 'text' },
  { key: 'cost', kind: 'money' },
  { key: 'status_code', kind: 'number' },
  { key: 'cached', kind: 'flag' },
  { key: 'created_at', kind: 'time' },
];

const route = (value: string, operator: Filter['operator'] = 'eq'): Filter => ({ key: 'route', operator, value: [value] });

describe('filters and the address', () => {
  it('ux-32 come back as they were', () => {
    const filters: Filter[] = [
      { key: 'metadata.user_id', operator: 'eq', value: ['user-admin', 'a&b "c" =<>'] },
      { key: 'cost', operator: 'gt', value: [0.000051] },
      { key: 'cached', operator: 'eq', value: [false] },
    ];
    const search = new URLSearchParams({ filters: writeFilters(filters)! }).toString();
    expect(readFilters(new URLSearchParams(search).get('filters')!)).toEqual(filters);
    expect(writeFilters([])).toBeUndefined();
  });

  it('leave out what is no filter', () => {
    expect(readFilters('nonsense')).toEqual([]);
    expect(readFilters('{}')).toEqual([]);
    expect(readFilters('[1, {"key":"a"}, {"key":"a","operator":"like","value":["x"]}, {"key":"a","operator":"eq","value":{}}, {"key":"a","operator":"eq","value":"x"}]')).toEqual([
      { key: 'a', operator: 'eq', value: ['x'] },
    ]);
  });
});

describe('adding a filter', () => {
  it('makes another value of the same field an alternative', () => {
    expect(addFilter([route('a')], route('b'))).toEqual([{ key: 'route', operator: 'eq', value: ['a', 'b'] }]);
    expect(addFilter([route('a')], route('a'))).toEqual([route('a')]);
  });

  it('keeps exclusions apart, and lets them replace their opposite', () => {
    expect(addFilter([route('a', 'neq')], route('b', 'neq'))).toEqual([route('a', 'neq'), route('b', 'neq')]);
    expect(addFilter([route('a')], route('a', 'neq'))).toEqual([route('a', 'neq')]);
    expect(addFilter([{ ...route('a'), value: ['a', 'b'] }], route('a', 'neq'))).toEqual([route('b'), route('a', 'neq')]);
  });

  it('replaces a bound', () => {
    expect(addFilter([{ key: 'cost', operator: 'gt', value: [1] }], { key: 'cost', operator: 'gt', value: [2] })).toEqual([{ key: 'cost', operator: 'gt', value: [2] }]);
  });

  it('removes one by its place', () => {
    expect(removeFilter([route('a'), route('b', 'neq')], 0)).toEqual([route('b', 'neq')]);
  });
});

describe('typing a filter', () => {
  it.each([
    ['route = smart-route', { key: 'route', operator: 'eq', value: ['smart-route'] }],
    ['route:a|b', { key: 'route', operator: 'eq', value: ['a', 'b'] }],
    ['metadata.user_id is user-admin', { key: 'metadata.user_id', operator: 'eq', value: ['user-admin'] }],
    ['metadata.plan != free', { key: 'metadata.plan', operator: 'neq', value: ['free'] }],
    ['cost >= $0.5', { key: 'cost', operator: 'gte', value: [0.5] }],
    ['status_code<500', { key: 'status_code', operator: 'lt', value: [500] }],
    ['cached is no', { key: 'cached', operator: 'eq', value: [false] }],
    ['route ~ smart', { key: 'route', operator: 'contains', value: ['smart'] }],
  ])('%s', (text, filter) => {
    expect(typedFilter(text, fields)).toEqual(filter);
  });

  it.each(['hello world', 'colour = red', 'cost > much', 'route', 'http://x', 'cached > yes'])('%s is free text', (text) => {
    expect(typedFilter(text, fields)).toBeUndefined();
  });

  it('reads values in the type of their field', () => {
    expect(valueFrom('1,000', 'number')).toBe(1000);
    expect(valueFrom('2026-11-21T12:00:00Z', 'time')).toBe('2026-11-21T12:00:00.000Z');
    expect(valueFrom('soon', 'time')).toBeUndefined();
    expect(valueFrom(' ', 'text')).toBeUndefined();
  });
});
