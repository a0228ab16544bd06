import { describe, expect, it } from 'vitest';

import { apply } from './commands/apply';
import type { Command } from './commands/command';
import { elementOf } from './document';
import { newDraft } from './layout/complete';
import { mergeOnTop } from './merge';
import { example, seededIds } from './testing';
import type { Draft } from './types';

const base = newDraft(example('smart-route'));

function edited(draft: Draft, command: Command, seed = 1): Draft {
  const result = apply(draft, command, seededIds(seed));
  if ('refused' in result) throw new Error(result.refused);
  return result.draft;
}

describe('mine on top of theirs', () => {
  it('ux-26 keeps both edits, of different nodes and of different fields of one node', () => {
    const mine = edited(base, { type: 'set-field', id: 'budget', path: ['properties', 'limit'], value: 5 });
    const theirs = edited(edited(base, { type: 'set-field', id: 'budget', path: ['properties', 'window'], value: 60 }), { type: 'set-title', id: 'large', title: 'Big' });
    const merged = mergeOnTop(base, mine, theirs);
    expect(elementOf(merged.document, 'budget')!.properties).toMatchObject({ limit: 5, window: 60 });
    expect(elementOf(merged.document, 'large')!.title).toBe('Big');
  });

  it('ux-26 mine stands where both changed one value', () => {
    const mine = edited(base, { type: 'set-title', id: 'large', title: 'Mine' });
    const theirs = edited(base, { type: 'set-title', id: 'large', title: 'Theirs' });
    expect(elementOf(mergeOnTop(base, mine, theirs).document, 'large')!.title).toBe('Mine');
  });

  it('ux-26 keeps what either added, and deletes what nobody changed', () => {
    const mine = edited(base, { type: 'insert-on-output', from: { id: 'start', output: 'next' }, node: { choice: 'rate' } }, 1);
    const theirs = edited(edited(base, { type: 'delete-nodes', ids: ['budget'] }), { type: 'add-node', node: { choice: 'percentage' } }, 2);
    const merged = mergeOnTop(base, mine, theirs);
    expect(merged.document.elements.map(({ type }) => type).sort()).toEqual(['conditional', 'end', 'model', 'model', 'percentage', 'rate', 'start']);
    expect(elementOf(merged.document, 'budget')).toBeUndefined();
    expect(Object.keys(merged.layout.nodes)).toHaveLength(merged.document.elements.length);
  });

  it('is theirs where I changed nothing, and mine where they changed nothing', () => {
    const other = edited(base, { type: 'set-title', id: 'large', title: 'Other' });
    expect(mergeOnTop(base, base, other)).toEqual(other);
    expect(mergeOnTop(base, other, base)).toEqual(other);
  });
});
