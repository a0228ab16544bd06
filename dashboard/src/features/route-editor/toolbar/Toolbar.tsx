import { ActionIcon, Button, Menu, SegmentedControl, Tooltip } from '@mantine/core';
import {
  IconActivity,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBraces,
  IconCheck,
  IconChevronDown,
  IconLayoutDistributeVertical,
  IconListTree,
  IconPlus,
  IconRocket,
  IconRouteScan,
  IconSitemap,
  IconVersions,
} from '@tabler/icons-react';
import type { ComponentType, ReactNode } from 'react';

import { useUrlState } from '@/lib/url-state';
import { canvasText as text } from '@/text/editor-canvas';

import { useUiStore } from '../canvas/ui';
import { useDeployFlow } from '../deploy/useDeployFlow';
import { type Panel, type View, canRedo, canUndo, shownDraft, useEditor, useEditorStore } from '../store';
import classes from './toolbar.module.css';

const VIEW_ICONS: Readonly<Record<Exclude<View, 'both'>, ComponentType<{ size?: number; stroke?: number }>>> = { canvas: IconSitemap, list: IconListTree, json: IconBraces };

/** Views, undo, adding, and everything that has to do with the route as a whole. */
export function Toolbar({ isReadOnly, isNarrow }: { isReadOnly: boolean; isNarrow: boolean }) {
  const view = useEditor((state) => state.view);
  const viewing = useEditor((state) => state.viewing !== null);
  return (
    <div className={classes.tools} role="toolbar" aria-label={text.toolbar.label}>
      <Views />
      {isReadOnly ? null : (
        <>
          <span aria-hidden className={classes.rule} />
          <History />
        </>
      )}
      {isNarrow ? null : <span aria-hidden className={classes.rule} />}
      {isReadOnly || isNarrow ? null : <Add />}
      {isNarrow || (view !== 'canvas' && view !== 'both') || viewing ? null : <Tidy isReadOnly={isReadOnly} />}
      <PanelButton panel="simulate" icon={<IconRouteScan size={16} stroke={1.75} />} label={text.toolbar.simulate} isBrief={isNarrow} />
      <Live isBrief={isNarrow} />
      <span className={classes.grow} />
      <PanelButton panel="versions" icon={<IconVersions size={16} stroke={1.75} />} label={text.toolbar.versions} isBrief={isNarrow} />
      {isReadOnly || isNarrow ? null : <Saving isNarrow={isNarrow} />}
    </div>
  );
}

function Views() {
  const store = useEditorStore();
  const view = useEditor((state) => state.view);
  const [, setSearch] = useUrlState();
  return (
    <SegmentedControl
      className={classes.views ?? ''}
      aria-label={text.toolbar.views}
      value={view === 'both' ? 'json' : view}
      onChange={(next) => {
        store.getState().setView(next as View);
        setSearch({ view: next === 'canvas' ? undefined : next });
      }}
      data={(['canvas', 'list', 'json'] as const).map((value) => {
        const Icon = VIEW_ICONS[value];
        return {
          value,
          label: (
            <span className={classes.view}>
              <Icon size={15} stroke={1.75} />
              {text.toolbar.view[value]}
            </span>
          ),
        };
      })}
    />
  );
}

function History() {
  const store = useEditorStore();
  const mayUndo = useEditor(canUndo);
  const mayRedo = useEditor(canRedo);
  return (
    <>
      <Tooltip label={`${text.toolbar.undo} (Ctrl Z)`}>
        <ActionIcon aria-label={text.toolbar.undo} disabled={!mayUndo} onClick={() => store.getState().undo()}>
          <IconArrowBackUp size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={`${text.toolbar.redo} (Ctrl Shift Z)`}>
        <ActionIcon aria-label={text.toolbar.redo} disabled={!mayRedo} onClick={() => store.getState().redo()}>
          <IconArrowForwardUp size={17} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}

function Add() {
  const ui = useUiStore();
  return (
    <Button
      variant="subtle"
      title={text.toolbar.add}
      className={classes.ghost ?? ''}
      leftSection={<IconPlus size={16} stroke={1.75} />}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        ui.getState().openMenu({ from: null, mode: 'insert', anchor: { x: box.left + 148, y: box.bottom } });
      }}
    >
      {text.toolbar.add}
    </Button>
  );
}

function Tidy({ isReadOnly }: { isReadOnly: boolean }) {
  const store = useEditorStore();
  const count = useEditor((state) => state.selection.nodes.size);
  const direction = useEditor((state) => shownDraft(state).layout.direction);
  if (isReadOnly) return null;
  const tidy = () => {
    const { selection, dispatch } = store.getState();
    dispatch({ type: 'tidy', ...(selection.nodes.size > 1 ? { ids: [...selection.nodes] } : {}) });
    requestFit();
  };
  const turn = (next: 'tb' | 'lr') => {
    store.getState().dispatch({ type: 'set-direction', direction: next });
    requestFit();
  };
  return (
    <Button.Group className={classes.split ?? ''}>
      <Button variant="subtle" title={text.toolbar.tidy} className={classes.ghost ?? ''} leftSection={<IconLayoutDistributeVertical size={16} stroke={1.75} />} onClick={tidy}>
        {count > 1 ? text.toolbar.tidySelection : text.toolbar.tidy}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" size={24} aria-label={text.toolbar.direction}>
            <IconChevronDown size={13} stroke={1.75} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{text.toolbar.direction}</Menu.Label>
          {(['tb', 'lr'] as const).map((each) => (
            <Menu.Item key={each} rightSection={each === direction ? <IconCheck size={14} /> : null} onClick={() => turn(each)}>
              {text.toolbar[each]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}

/** The canvas listens: the whole flow is shown after it was laid out anew. */
export const FIT_EVENT = 'waypost-fit-flow';

export function requestFit(): void {
  window.dispatchEvent(new Event(FIT_EVENT));
}

function PanelButton({ panel, icon, label, isBrief }: { panel: Exclude<Panel, 'none' | 'inspector'>; icon: ReactNode; label: string; isBrief: boolean }) {
  const store = useEditorStore();
  const isOn = useEditor((state) => state.panel === panel);
  return <Toggle isOn={isOn} icon={icon} label={label} isBrief={isBrief} onClick={() => store.getState().setPanel(isOn ? 'none' : panel)} />;
}

function Live({ isBrief }: { isBrief: boolean }) {
  const [search, setSearch] = useUrlState();
  const isOn = search.live !== undefined;
  return <Toggle isOn={isOn} icon={<IconActivity size={16} stroke={1.75} />} label={text.toolbar.live} isBrief={isBrief} onClick={() => setSearch({ live: isOn ? undefined : '24h', of: undefined })} />;
}

function Toggle({ isOn, icon, label, isBrief, onClick }: { isOn: boolean; icon: ReactNode; label: string; isBrief: boolean; onClick: () => void }) {
  if (isBrief) {
    return (
      <Tooltip label={label}>
        <ActionIcon aria-label={label} aria-pressed={isOn} className={classes.toggle ?? ''} onClick={onClick}>
          {icon}
        </ActionIcon>
      </Tooltip>
    );
  }
  return (
    <Button variant="subtle" className={`${classes.ghost} ${classes.toggle}`} aria-pressed={isOn} title={label} leftSection={icon} onClick={onClick}>
      {label}
    </Button>
  );
}

/** On narrow screens it stands below the list, in reach of a thumb. */
export function Saving({ isNarrow }: { isNarrow: boolean }) {
  const ui = useUiStore();
  const flow = useDeployFlow();
  const errors = useEditor((state) => state.validation.problems.filter(({ severity }) => severity === 'error').length);
  const isRefused = useEditor((state) => state.validation.storable === false);
  return (
    <>
      {isNarrow ? null : (
        <Button loading={flow.isBusy} disabled={isRefused} onClick={() => void flow.saveOnly()}>
          {text.toolbar.saveVersion}
        </Button>
      )}
      <Tooltip label={text.toolbar.blocked(errors)} disabled={errors === 0}>
        <Button
          variant="filled"
          data-tour="deploy"
          leftSection={<IconRocket size={16} stroke={1.75} />}
          disabled={errors > 0}
          onClick={() => ui.getState().set({ isDeploying: true })}
        >
          {text.toolbar.deploy}
        </Button>
      </Tooltip>
    </>
  );
}
