import { MantineProvider } from '@mantine/core';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';

import { elementOf, newDraft } from '../model';
import { example } from '../model/testing';
import { EditorProvider, createEditorStore, useEditor } from '../store';
import { NumberField } from './NumberField';

function Field() {
  const limit = useEditor((state) => elementOf(state.draft.document, 'budget')?.properties?.limit);
  return <NumberField id="budget" property="limit" aria-label="Amount" value={limit} rule={{ above: 0 }} />;
}

function open() {
  const store = createEditorStore({ draft: newDraft(example('smart-route')), routeId: 'r', routeName: 'smart-route', gateway: 'default' });
  render(
    <MantineProvider env="test">
      <EditorProvider value={store}>
        <Field />
      </EditorProvider>
    </MantineProvider>,
  );
  const limit = () => elementOf(store.getState().draft.document, 'budget')?.properties?.limit;
  return { store, limit, field: screen.getByLabelText<HTMLInputElement>('Amount'), user: userEvent.setup() };
}

describe('a number of a node', () => {
  it('writes to the draft while it is typed, as one undo step', async () => {
    const { store, limit, field, user } = open();
    await user.clear(field);
    await user.type(field, '25.5');
    expect(limit()).toBe(25.5);
    await user.tab();
    act(() => store.getState().undo());
    expect(limit()).toBe(1);
    expect(field.value).toBe('1');
  });

  it('keeps what is invalid in the field, and the last valid value in the draft', async () => {
    const { limit, field, user } = open();
    await user.clear(field);
    await user.type(field, '-3');
    expect(field.value).toBe('-3');
    expect(limit()).toBe(1);
    expect(screen.getByText('Enter a number above 0.')).toBeTruthy();
  });

  it('says what the server says of its field', () => {
    const { store } = open();
    act(() => store.getState().setValidation({ problems: [{ code: 'E05', severity: 'error', node: 'budget', field: 'properties.limit', message: 'Enter a limit above 0.', path: [] }] }));
    expect(screen.getByText('Enter a limit above 0.')).toBeTruthy();
  });
});
