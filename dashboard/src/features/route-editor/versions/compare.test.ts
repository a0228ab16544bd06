import { describe, expect, it } from 'vitest';

import type { RouteDocument, RouteElement } from '../model';
import type { DiffView } from '../queries';
import { changesOf } from './compare';
import { linesOf, partsOf } from './json-lines';

const node = (id: string, type: string, properties: Record<string, unknown> = {}, outputs: Record<string, { elementId: string }> = {}, title?: string): RouteElement => ({
  id,
  type,
  outputs,
  properties,
  ...(title ? { title } : {}),
});

const old: RouteDocument = {
  elements: [
    node('c', 'conditional', { conditions: { 'metadata.plan': 'paid' } }, { true: { elementId: 'b' }, false: { elementId: 'small' } }, 'Paid?'),
    node('b', 'rate', { key: 'metadata.user_id', limit: 1, limitType: 'cost', window: 3600 }, { success: { elementId: 'small' } }),
    node('small', 'model', { provider: 'mock', model: 'small', timeout: 60_000 }, {}, 'Small'),
    node('gone', 'model', { provider: 'mock', model: 'flaky' }, {}, 'Flaky'),
  ],
};

const next: RouteDocument = {
  elements: [
    node('c', 'conditional', { conditions: { 'metadata.plan': 'team' } }, { true: { elementId: 'b' }, false: { elementId: 'large' } }, 'Paid?'),
    node('b', 'rate', { key: '*', limit: 2.5, limitType: 'cost', window: 86_400 }, { success: { elementId: 'small' } }),
    node('small', 'model', { provider: 'mock', model: 'small', timeout: 30_000 }, {}, 'Small'),
    node('large', 'model', { provider: 'mock', model: 'large' }, {}, 'Large'),
  ],
};

const diff = {
  same: false,
  added: [{ id: 'large', type: 'model', title: 'Large' }],
  removed: [{ id: 'gone', type: 'model', title: 'Flaky' }],
  changed: [
    { id: 'c', type: 'conditional', fields: [{ field: 'conditions', old: { 'metadata.plan': 'paid' }, new: { 'metadata.plan': 'team' } }], edges: [{ output: 'false', old: 'small', new: 'large' }] },
    {
      id: 'b',
      type: 'rate',
      fields: [
        { field: 'key', old: 'metadata.user_id', new: '*' },
        { field: 'limit', old: 1, new: 2.5 },
        { field: 'window', old: 3600, new: 86_400 },
      ],
    },
    { id: 'small', type: 'model', fields: [{ field: 'timeout', old: 60_000, new: 30_000 }, { field: 'anything', old: null, new: [1] }] },
  ],
} as unknown as DiffView;

describe('what differs between two flows', () => {
  it('is said as the editor says it: sentences, dollars, windows, seconds, titles of nodes', () => {
    const changes = changesOf(diff, old, next);
    expect(changes.map(({ title, mark }) => `${title} ${mark}`)).toEqual(['Paid? changed', 'Budget limit changed', 'Small changed', 'Large added', 'Flaky removed']);
    expect(Object.fromEntries(changes.map(({ id, lines }) => [id, lines.map((line) => `${line.what}: ${line.old} → ${line.new}`)]))).toEqual({
      c: ['Condition: If metadata.plan equals paid → If metadata.plan equals team', 'False: Small → Large'],
      b: ['Counted per: metadata.user_id → everyone together', 'Limit: $1 → $2.5', 'Window: hour → day'],
      small: ['Timeout to first token: 60 s → 30 s', 'anything: nothing → [1]'],
      large: [],
      gone: [],
    });
  });
});

describe('two texts line by line', () => {
  const shown = (old: string, next: string) => linesOf(old, next).map(({ kind, text }) => `${{ same: ' ', added: '+', removed: '-' }[kind]}${text}`);

  it('keep what both have, in its order', () => {
    expect(shown('a\nb\nc\nd', 'a\nx\nc\nd\ne')).toEqual([' a', '-b', '+x', ' c', ' d', '+e']);
    expect(shown('a', 'a')).toEqual([' a']);
    expect(shown('a\nb', 'b\na')).toEqual(['-a', ' b', '+a']);
  });

  it('leave out what is far from every change, and say how much', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const parts = partsOf(linesOf(lines.join('\n'), lines.map((line, at) => (at === 10 ? 'other' : line)).join('\n')));
    expect(parts.map((part) => ('left' in part ? part.left : part.lines.length))).toEqual([7, 8, 16]);
  });
});
