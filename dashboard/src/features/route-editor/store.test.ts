import { describe, expect, it } from 'vitest';

import { newDraft } from './model';
import { EXAMPLES, example, randomCommand, seeded, seededIds } from './model/testing';
import { createEditorStore } from './store';

const open = (name: (typeof EXAMPLES)[number] = 'smart-route', seed = 1) =>
  createEditorStore({ draft: newDraft(example(name)), routeId: 'r', routeName: name, gateway: 'default', ids: seededIds(seed) });

describe('store', () => {
  it('ux-12 undo and redo give identical JSON at every step of any sequence', () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const store = open(EXAMPLES[seed % EXAMPLES.length], seed);
      const random = seeded(seed + 1000);
      const texts = [JSON.stringify(store.getState().draft)];
      for (let at = 0; at < 30; at += 1) {
        const { past } = store.getState().history;
        store.getState().dispatch(randomCommand(store.getState().draft, random));
        if (store.getState().history.past.length > past.length) texts.push(JSON.stringify(store.getState().draft));
      }
      for (const text of texts.slice(0, -1).reverse()) {
        store.getState().undo();
        expect(JSON.stringify(store.getState().draft), `seed ${seed}`).toBe(text);
      }
      for (const text of texts.slice(1)) {
        store.getState().redo();
        expect(JSON.stringify(store.getState().draft), `seed ${seed}`).toBe(text);
      }
    }
  }, 30_000);

  it('joins edits of one group into one step, until something else happens', () => {
    const store = open();
    const before = JSON.stringify(store.getState().draft);
    const type = (limit: number) => store.getState().dispatch({ type: 'set-field', id: 'budget', path: ['properties', 'limit'], value: limit }, { group: 'budget.limit' });
    type(2);
    type(25);
    type(250);
    expect(store.getState().history.past).toHaveLength(1);
    store.getState().endGroup();
    type(3);
    expect(store.getState().history.past).toHaveLength(2);
    store.getState().undo();
    store.getState().undo();
    expect(JSON.stringify(store.getState().draft)).toBe(before);
  });

  it('keeps a hundred steps', () => {
    const store = open();
    for (let at = 1; at <= 130; at += 1) store.getState().dispatch({ type: 'set-field', id: 'budget', path: ['properties', 'limit'], value: at + 1 });
    expect(store.getState().history.past).toHaveLength(100);
  });

  it('records nothing where nothing changes, and says why something is refused', () => {
    const store = open();
    store.getState().dispatch({ type: 'set-title', id: 'large', title: 'Large' });
    store.getState().dispatch({ type: 'connect', from: { id: 'small', output: 'success' }, to: 'start' });
    expect(store.getState().history.past).toHaveLength(0);
    expect(store.getState().announcement.text).toBe('Nothing can lead to Start.');
  });

  it('selects what is new, and the node before what is deleted', () => {
    const store = open();
    store.getState().dispatch({ type: 'insert-on-output', from: { id: 'start', output: 'next' }, node: { choice: 'rate' } });
    expect(store.getState().selection.nodes.size).toBe(1);
    store.getState().dispatch({ type: 'delete-nodes', ids: [...store.getState().selection.nodes] });
    expect([...store.getState().selection.nodes]).toEqual(['start']);
  });

  it('changes nothing while a version is looked at, or for those who may not', () => {
    const store = open();
    store.getState().dispatch({ type: 'set-title', id: 'small', title: 'Changed' });
    const { draft } = store.getState();
    store.getState().setViewing({ label: 'v1', draft: newDraft(example('simple')), marks: {} });
    expect(store.getState().dispatch({ type: 'delete-nodes', ids: ['small'] })).toEqual({ refused: 'What is shown here cannot be changed.' });
    store.getState().undo();
    expect(store.getState().draft).toBe(draft);
    store.getState().setViewing(null);
    store.getState().undo();
    expect(store.getState().draft).not.toBe(draft);

    const viewer = createEditorStore({ draft, routeId: 'r', routeName: 'r', gateway: 'default', canEdit: false });
    expect('refused' in viewer.getState().dispatch({ type: 'tidy' })).toBe(true);
    expect(viewer.getState().draft).toBe(draft);
  });
});
