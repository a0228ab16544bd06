import { Combobox, Popover, TextInput, useCombobox } from '@mantine/core';
import { IconCornerDownLeft, IconLink, IconSearch, IconUnlink } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';

import { canvasText as text } from '@/text/editor-canvas';
import { routeEditorText } from '@/text/route-editor';

import { allowedTargets, describeInsert, elementOf, flowOrder, isConnected, kindTitle, outputOf, type NodeChoice } from '../model';
import { CHOICES, choiceMeta, uiOf } from '../nodes/registry';
import { Tile } from '../nodes/parts/Tile';
import { useEditorStore } from '../store';
import { addNode, pick } from './acts';
import { focusSoon } from './focus';
import classes from './menu.module.css';
import { titleIn } from './names';
import { type MenuState, useUi, useUiStore } from './ui';

/** The add menu, wherever it was asked for: on an edge, an open output, empty canvas, or from the toolbar. */
export function InsertMenu() {
  const menu = useUi((state) => state.menu);
  const ui = useUiStore();
  if (menu === null) return null;
  const close = () => {
    ui.getState().closeMenu();
    if (menu.from !== null) focusSoon({ kind: 'output', ...menu.from });
  };
  return (
    <Popover opened onClose={close} onDismiss={close} position="bottom" offset={8} width={308} shadow="md" radius="lg" withinPortal trapFocus transitionProps={{ duration: 80 }} closeOnEscape>
      <Popover.Target>
        <span aria-hidden className={classes.anchor} style={{ left: menu.anchor.x, top: menu.anchor.y }} />
      </Popover.Target>
      <Popover.Dropdown p={6} className={classes.dropdown}>
        <Choices key={`${menu.from?.id}-${menu.from?.output}`} menu={menu} close={close} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Choices({ menu, close }: { menu: MenuState; close: () => void }) {
  const [mode, setMode] = useState(menu.mode);
  const [search, setSearch] = useState('');
  const store = useEditorStore();
  const ui = useUiStore();
  // The list always stands open here; Enter takes what is selected in it.
  const combobox = useCombobox({ opened: true });
  const { document } = store.getState().draft;
  const from = menu.from;
  const element = from === null ? undefined : elementOf(document, from.id);
  const label = from === null || element === undefined ? null : outputOf(element, from.output)?.label || titleIn(document, from.id);
  const kinds = CHOICES.filter((choice) => matches(routeEditorText.kinds[choice], search));
  const targets = useTargets(from, search);

  useEffect(() => {
    combobox.selectFirstOption();
    // The list changed under the selection.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [search, mode]);

  const insert = (choice: NodeChoice) => {
    ui.getState().closeMenu();
    addNode(store, choice, { from, at: menu.at, centre: ui.getState().centre?.() });
  };
  const submit = (value: string) => {
    const [act, id = ''] = split(value);
    if (act === 'connect-menu') {
      setMode('connect');
      setSearch('');
    } else if (act === 'disconnect' && from !== null) {
      ui.getState().closeMenu();
      store.getState().dispatch({ type: 'disconnect', from });
      focusSoon({ kind: 'output', ...from });
    } else if (act === 'connect' && from !== null) {
      ui.getState().closeMenu();
      store.getState().dispatch({ type: 'connect', from, to: id });
      focusSoon({ kind: 'output', ...from });
      if (store.getState().selection.nodes.size === 0) pick(store, [from.id]);
    } else insert(id as NodeChoice);
  };
  const placeholder = mode === 'connect' ? text.menu.connectTo(label ?? '') : label === null ? text.menu.add : text.menu.insertOn(label);
  const name = from !== null && mode === 'insert' ? describeInsert(from, document) : placeholder;
  return (
    <Combobox store={combobox} onOptionSubmit={submit}>
      <Combobox.EventsTarget>
        <TextInput
          ref={takeFocus}
          data-autofocus
          aria-label={name}
          placeholder={placeholder}
          leftSection={<IconSearch aria-hidden size={15} stroke={1.75} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Escape') close();
          }}
        />
      </Combobox.EventsTarget>
      <Combobox.Options className={classes.options} aria-label={mode === 'connect' ? text.menu.targets : text.menu.kinds}>
        {mode === 'insert'
          ? kinds.map((choice) => (
              <Combobox.Option key={choice} value={`insert\n${choice}`} className={classes.option ?? ''}>
                <Tile meta={choiceMeta[choice]} size="lg" />
                <span className={classes.words}>
                  <b>{routeEditorText.kinds[choice]}</b>
                  <span>{text.palette.hint[choice]}</span>
                </span>
                <IconCornerDownLeft aria-hidden size={14} stroke={1.75} className={classes.enter} />
              </Combobox.Option>
            ))
          : targets.map(({ id, why }) => {
              const target = elementOf(document, id);
              return target === undefined ? null : (
                <Combobox.Option key={id} value={`connect\n${id}`} disabled={why !== ''} className={classes.option ?? ''}>
                  <Tile meta={uiOf(target).meta(target)} size="lg" />
                  <span className={classes.words}>
                    <b>{titleIn(document, id)}</b>
                    <span>{why === '' ? kindTitle(target) : why}</span>
                  </span>
                </Combobox.Option>
              );
            })}
        {mode === 'insert' && from !== null && matches(text.menu.connect, search) ? (
          <Combobox.Option value="connect-menu" className={`${classes.option} ${classes.last}`}>
            <IconLink aria-hidden size={15} stroke={1.75} />
            {text.menu.connect}
          </Combobox.Option>
        ) : null}
        {from !== null && isConnected(store.getState().draft, from.id, from.output) && matches(text.menu.disconnect, search) ? (
          <Combobox.Option value="disconnect" className={`${classes.option} ${mode === 'connect' ? classes.last : ''}`}>
            <IconUnlink aria-hidden size={15} stroke={1.75} />
            {text.menu.disconnect}
          </Combobox.Option>
        ) : null}
        {mode === 'insert' && kinds.length === 0 ? <Combobox.Empty>{text.menu.nothing}</Combobox.Empty> : null}
      </Combobox.Options>
    </Combobox>
  );
}

/** Before the next key is pressed; the trap around the menu only takes the focus some time later. */
function takeFocus(field: HTMLInputElement | null): void {
  field?.focus({ preventScroll: true });
}

/** Allowed ones first; the others say why not. */
function useTargets(from: MenuState['from'], search: string): { id: string; why: string }[] {
  const store = useEditorStore();
  return useMemo(() => {
    if (from === null) return [];
    const { document } = store.getState().draft;
    const allowed = allowedTargets(document, from.id, from.output);
    return flowOrder(document)
      .filter((id) => matches(titleIn(document, id), search))
      .map((id) => ({ id, why: allowed.why(id) }))
      .sort((a, b) => Number(a.why !== '') - Number(b.why !== ''));
  }, [store, from, search]);
}

function matches(words: string, search: string): boolean {
  return words.toLowerCase().includes(search.trim().toLowerCase());
}

function split(value: string): string[] {
  return value.split('\n');
}
