import { describe, expect, it } from 'vitest';

import { example } from './model/testing';
import { newDraft, targetOf, elementOf } from './model';
import { createEditorStore } from './store';

const open = () => createEditorStore({ draft: newDraft(example('smart-route')), routeId: 'r', routeName: 'smart-route', gateway: 'default' });

describe('store', () => {
  it('ux-05 inserts a budget on an edge: the old target is within budget, over budget is open', () => {
    const store = open();
    const result = store.getState().dispatch({ type: 'insert-on-output', from: { id: 'start', output: 'next' }, node: { choice: 'budget' } });
    if ('refused' in result) throw new Error(result.refused);
    const added = elementOf(store.getState().draft.document, result.added?.[0] ?? '');
    expect(added && targetOf(added, 'success')).toBe('is-admin');
    expect(added && targetOf(added, 'fallback')).toBeUndefined();
    expect(store.getState().announcement.text).toBe('Budget limit inserted between Start and Is it the admin?.');
  });

  it('ux-12 undo and redo give identical JSON', () => {
    const store = open();
    const before = JSON.stringify(store.getState().draft);
    store.getState().dispatch({ type: 'delete-nodes', ids: ['budget'] });
    const after = JSON.stringify(store.getState().draft);
    store.getState().undo();
    expect(JSON.stringify(store.getState().draft)).toBe(before);
    store.getState().redo();
    expect(JSON.stringify(store.getState().draft)).toBe(after);
  });
});
