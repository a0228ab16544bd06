import { MantineProvider } from '@mantine/core';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import { elementOf, newDraft, targetOf } from '../../model';
import { example, seededIds } from '../../model/testing';
import { EditorProvider, createEditorStore } from '../../store';
import { ListView } from './ListView';

// The list needs the looks of nodes alone, not their inspectors.
vi.mock('../../nodes/registry', () => {
  const meta = { family: 'end', icon: () => null };
  return { uiOf: () => ({ meta: () => meta }), CHOICES: ['conditional', 'percentage', 'rate', 'budget', 'model'], choiceMeta: { conditional: meta, percentage: meta, rate: meta, budget: meta, model: meta } };
});

function open() {
  const store = createEditorStore({ draft: newDraft(example('smart-route')), routeId: 'r', routeName: 'smart-route', gateway: 'default', view: 'list', ids: seededIds(1) });
  render(
    <MantineProvider env="test">
      <EditorProvider value={store}>
        <ListView />
      </EditorProvider>
    </MantineProvider>,
  );
  const target = (id: string, output: string) => targetOf(elementOf(store.getState().draft.document, id)!, output);
  return { store, target, user: userEvent.setup() };
}

const item = (id: string) => screen.getByTestId(`item-${id}`);

describe('list view', () => {
  it('names every node with kind, setting and ways', () => {
    open();
    expect(item('is-admin').textContent).toBe('1 Is it the admin?If metadata.user_id equals user-adminCondition. True goes to Budget limit, False goes to Small. No problems.');
    expect(screen.getAllByRole('button', { name: '1.2 Small' })).toHaveLength(2);
  });

  it('ux-06 adds, connects and deletes with the keyboard alone', async () => {
    const { store, target, user } = open();
    screen.getByTestId('insert-is-admin-false').focus();
    await user.keyboard('{Enter}');
    const dialog = await screen.findByRole('dialog');
    within(dialog).getByRole('button', { name: /^Rate limit/ }).focus();
    await user.keyboard('{Enter}');
    const added = target('is-admin', 'false')!;
    expect(elementOf(store.getState().draft.document, added)!.type).toBe('rate');
    expect(target(added, 'success')).toBe('small');
    await waitFor(() => expect(document.activeElement).toBe(item(added)));
    await user.keyboard('{Delete}');
    expect(target('is-admin', 'false')).toBe('small');
    await waitFor(() => expect((document.activeElement as HTMLElement).dataset['item']).toBeDefined());
  });

  it('walks with the arrows, and shares its selection', async () => {
    const { store, user } = open();
    item('start').focus();
    await user.keyboard('{ArrowDown}{ArrowDown}');
    expect(document.activeElement).toBe(item('budget'));
    expect([...store.getState().selection.nodes]).toEqual(['budget']);
    act(() => store.getState().select(['large']));
    expect(item('large').getAttribute('aria-current')).toBe('true');
    await user.keyboard('{Enter}');
    expect(store.getState().panel).toBe('inspector');
  });

  it('ux-07 offers only targets that make no loop', async () => {
    const { user } = open();
    await user.click(screen.getByTestId('actions-small'));
    await user.click(await screen.findByRole('menuitem', { name: 'Connect to …' }));
    const dialog = await screen.findByRole('dialog');
    fireEvent.click(within(dialog).getByRole('combobox', { name: 'Leads to' }));
    const options = await screen.findAllByRole('option', { hidden: true });
    expect(options.map((option) => option.textContent)).not.toContain('Is it the admin?');
    expect(options.map((option) => option.textContent)).toContain('End');
  });

  it('shows problems and the path of a simulation', () => {
    const { store } = open();
    act(() => {
      store.getState().setValidation({ state: 'current', problems: [{ code: 'E05', severity: 'error', node: 'budget', field: 'properties.limit', message: 'Enter a limit above 0.', path: [] }] });
      store.getState().setHighlight({ source: 'simulation', nodes: ['start', 'is-admin'], taken: [], step: null });
    });
    expect(item('budget').closest('[data-problems]')?.getAttribute('data-problems')).toBe('1');
    expect(item('budget').textContent).toContain('1 problem: Enter a limit above 0.');
    expect(item('is-admin').closest('[data-path]')?.getAttribute('data-path')).toBe('taken');
    expect(item('small').closest('[data-path]')?.getAttribute('data-path')).toBe('dimmed');
  });
});
