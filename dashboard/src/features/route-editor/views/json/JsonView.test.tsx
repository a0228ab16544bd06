import { EditorView } from '@codemirror/view';
import { MantineProvider } from '@mantine/core';
import { act, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { elementOf, formatDocument, newDraft } from '../../model';
import { example } from '../../model/testing';
import { EditorProvider, createEditorStore } from '../../store';
import { type Sync, SyncProvider } from '../../sync';
import type { Judgement } from '../../sync/server';
import JsonView from './JsonView';
import { APPLY_MS } from './useJsonEditor';

const fine: Judgement = { valid: true, storable: true, problems: [], changes: [], unknown: [], document: null };

function open(judge: (text: string) => Judgement = (text) => ({ ...fine, document: JSON.parse(text) })) {
  const store = createEditorStore({ draft: newDraft(example('smart-route')), routeId: 'r', routeName: 'smart-route', gateway: 'default', view: 'json' });
  const sync = { judge: (text: unknown) => Promise.resolve(judge(text as string)) } as unknown as Sync;
  const page = render(
    <MantineProvider>
      <EditorProvider value={store}>
        <SyncProvider value={sync}>
          <JsonView />
        </SyncProvider>
      </EditorProvider>
    </MantineProvider>,
  );
  const view = EditorView.findFromDOM(page.container.querySelector<HTMLElement>('.cm-editor')!)!;
  const type = (from: string, to: string) => {
    const at = view.state.doc.toString().indexOf(from);
    act(() => view.dispatch({ changes: { from: at, to: at + from.length, insert: to }, userEvent: 'input.type' }));
  };
  const wait = (ms = APPLY_MS + 10) => act(() => vi.advanceTimersByTimeAsync(ms));
  return { store, view, type, wait, page };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('JSON view', () => {
  it('ux-17 a valid edit reaches the flow after 300 ms, and undo restores both', async () => {
    const { store, view, type, wait } = open();
    const before = view.state.doc.toString();
    type('"limit": 1,', '"limit": 5,');
    expect(elementOf(store.getState().draft.document, 'budget')!.properties!['limit']).toBe(1);
    await wait();
    expect(elementOf(store.getState().draft.document, 'budget')!.properties!['limit']).toBe(5);
    act(() => store.getState().undo());
    expect(view.state.doc.toString()).toBe(before);
  });

  it('ux-17 what is no JSON never changes the flow; the line is named', async () => {
    const { store, type, wait } = open();
    const before = store.getState().draft;
    type('"limit": 1,', '"limit": ,');
    await wait();
    expect(store.getState().draft).toBe(before);
    expect(screen.getByRole('alert').textContent).toMatch(/^JSON has an error on line \d+/);
    type('"limit": ,', '"limit": 2,');
    await wait();
    expect(screen.queryByRole('alert')).toBeNull();
    expect(elementOf(store.getState().draft.document, 'budget')!.properties!['limit']).toBe(2);
  });

  it('ux-18 other spellings are read by the server, and what it changed is said', async () => {
    const { store, type, wait, view } = open((text) => ({ ...fine, changes: ['`rate_limit` is written `rate`.'], document: JSON.parse(text.replace('rate_limit', 'rate')) }));
    type('"type": "rate"', '"type": "rate_limit"');
    await wait();
    expect(elementOf(store.getState().draft.document, 'budget')!.type).toBe('rate');
    expect(view.state.doc.toString()).toContain('rate_limit');
    expect(screen.getByRole('status').textContent).toContain('rate_limit');
    act(() => screen.getByRole('button', { name: 'Write it the common way' }).click());
    expect(view.state.doc.toString()).toBe(formatDocument(store.getState().draft.document));
  });

  it('ux-12 edits of the canvas show in the text, and undo goes through both', async () => {
    const { store, view, type, wait } = open();
    const texts = [view.state.doc.toString()];
    act(() => void store.getState().dispatch({ type: 'delete-nodes', ids: ['budget'] }));
    texts.push(view.state.doc.toString());
    expect(texts[1]).toBe(formatDocument(store.getState().draft.document));
    type('"title": "Large"', '"title": "Huge"');
    await wait(3_000);
    expect(elementOf(store.getState().draft.document, 'large')!.title).toBe('Huge');
    act(() => store.getState().undo());
    expect(view.state.doc.toString()).toBe(texts[1]);
    act(() => store.getState().undo());
    expect(view.state.doc.toString()).toBe(texts[0]);
  });

  it('keeps a text with an error while another view is open', async () => {
    const { store, type, wait, page } = open();
    type('"limit": 1,', '"limit": ,');
    await wait();
    page.unmount();
    expect(store.getState().json.text).toContain('"limit": ,');
  });

  it('highlights the selected node', () => {
    const { store, page } = open();
    act(() => store.getState().select(['start']));
    expect(page.container.querySelectorAll('.cm-selected-element').length).toBeGreaterThan(3);
  });
});
