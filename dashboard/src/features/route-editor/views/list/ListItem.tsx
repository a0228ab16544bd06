import { ActionIcon, Menu, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconArrowRight, IconArrowsMove, IconDotsVertical, IconEdit, IconLink, IconPlus, IconTrash } from '@tabler/icons-react';
import { memo } from 'react';

import { routeEditorText as text } from '@/text/route-editor';

import { type OutlineItem, type OutlineOutput, type Problem, describeRest, targetOf } from '../../model';
import { Pieces } from '../../nodes/parts/Pieces';
import { Tile } from '../../nodes/parts/Tile';
import { uiOf } from '../../nodes/registry';
import { isReadOnly, shownDraft, useEditor, useEditorStore } from '../../store';
import { useListActions } from './actions';
import classes from './ListView.module.css';

interface ListItemProps {
  item: OutlineItem;
  isFirstLoose?: boolean;
}

export const ListItem = memo(function ListItem({ item, isFirstLoose = false }: ListItemProps) {
  // What Start leads to is the flow itself, not something below it.
  const isStart = item.element.type === 'start';
  return (
    <li className={classes.entry}>
      {isFirstLoose ? <p className={classes.loose}>{text.list.loose}</p> : null}
      <Row item={item} />
      <ul className={isStart ? classes.plain : classes.outputs}>
        {item.outputs.map((output) => (
          <li key={output.spec.name} className={isStart ? classes.entry : classes.output} data-detour={output.spec.isDetour || undefined}>
            <OutputRow item={item} output={output} />
            {output.item === null ? null : (
              <ol className={classes.list}>
                <ListItem item={output.item} />
              </ol>
            )}
          </li>
        ))}
      </ul>
    </li>
  );
});

function Row({ item }: { item: OutlineItem }) {
  const { id, element } = item;
  const store = useEditorStore();
  const isSelected = useEditor((state) => state.selection.nodes.has(id));
  const isStill = useEditor(isReadOnly);
  const path = useEditor((state) => (state.highlight === null ? undefined : state.highlight.nodes.includes(id) ? 'taken' : 'dimmed'));
  const problems = useEditor((state) => state.validation.problems);
  const document = useEditor((state) => shownDraft(state).document);
  const own = problems.filter(({ node }) => node === id);

  return (
    <div className={classes.row} data-selected={isSelected || undefined} data-path={path} data-problems={own.length || undefined}>
      <Tile meta={uiOf(element).meta(element)} size="lg" />
      <button
        type="button"
        className={classes.main}
        data-item={id}
        data-testid={`item-${id}`}
        aria-current={isSelected || undefined}
        onFocus={() => select(isSelected, () => store.getState().select([id]))}
        onClick={() => store.getState().edit(id)}
      >
        <span className={classes.title}>
          {item.number === '' ? null : <span className={classes.number}>{item.number} </span>}
          <span className={classes.name}>{item.title}</span>
          <Badge problems={own} />
        </span>
        <span className={classes.sentence}>
          <Pieces pieces={item.pieces} />
        </span>
        <VisuallyHidden>{describeRest(element, document, own)}</VisuallyHidden>
      </button>
      <ItemMenu item={item} isStill={isStill} />
    </div>
  );
}

function select(isSelected: boolean, run: () => void): void {
  if (!isSelected) run();
}

function Badge({ problems }: { problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return (
    <span className={classes.badge} data-severity={errors > 0 ? 'error' : 'warning'} title={text.list.problems(errors, problems.length - errors)}>
      <IconAlertTriangle size={11} stroke={2} aria-hidden />
      {problems.length}
    </span>
  );
}

function ItemMenu({ item, isStill }: { item: OutlineItem; isStill: boolean }) {
  const store = useEditorStore();
  const { act, remove } = useListActions();
  const { id } = item;
  const { type } = item.element;
  const hasOutputs = item.outputs.length > 0;
  const isMovable = type !== 'start' && type !== 'end';
  return (
    <Menu position="bottom-end" returnFocus>
      <Menu.Target>
        <ActionIcon className={classes.more} size={32} aria-label={text.list.actions(item.title)} disabled={isStill} data-testid={`actions-${id}`}>
          <IconDotsVertical size={16} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconEdit size={15} stroke={1.75} />} onClick={() => store.getState().edit(id)}>
          {text.list.edit}
        </Menu.Item>
        <Menu.Item leftSection={<IconPlus size={15} stroke={1.75} />} disabled={!hasOutputs} onClick={() => act({ type: 'add', id })}>
          {text.list.addAfter}
        </Menu.Item>
        <Menu.Item leftSection={<IconLink size={15} stroke={1.75} />} disabled={!hasOutputs} onClick={() => act({ type: 'connect', id })}>
          {text.list.connect}
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowsMove size={15} stroke={1.75} />} disabled={!isMovable} onClick={() => act({ type: 'move', id })}>
          {text.list.move}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconTrash size={15} stroke={1.75} />} disabled={!isMovable} onClick={() => remove(id)}>
          {text.list.remove}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** "True", "Over budget → 1.2 Small", "On failure → 502 to the client", and its "+". */
function OutputRow({ item, output }: { item: OutlineItem; output: OutlineOutput }) {
  const { act, focus } = useListActions();
  const isStill = useEditor(isReadOnly);
  const { spec, reference } = output;
  const unknown = output.item === null && reference === null ? targetOf(item.element, spec.name) : undefined;
  return (
    <div className={classes.label}>
      {spec.label === '' ? null : <span className={classes.outputName}>{spec.label}</span>}
      {output.item === null ? <IconArrowRight size={13} stroke={1.75} aria-hidden /> : null}
      {reference === null ? null : (
        <button type="button" className={classes.reference} onClick={() => focus(reference.id)}>
          {text.list.reference(reference.number, reference.title)}
        </button>
      )}
      {output.item !== null || reference !== null ? null : (
        <span className={classes.open} data-required={spec.required || undefined}>
          {unknown === undefined ? (spec.consequenceWhenOpen ?? text.list.leadsNowhere) : text.list.unknownTarget(unknown)}
        </span>
      )}
      <ActionIcon
        className={classes.add}
        size={24}
        disabled={isStill}
        aria-label={text.list.addOn(spec.label, item.title)}
        data-testid={`insert-${item.id}-${spec.name}`}
        onClick={() => act({ type: 'add', id: item.id, output: spec.name })}
      >
        <IconPlus size={13} stroke={2} />
      </ActionIcon>
    </div>
  );
}
