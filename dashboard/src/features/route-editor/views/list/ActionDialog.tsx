import { Button, Group, Modal, Select } from '@mantine/core';
import { useState } from 'react';

import { routeEditorText as text } from '@/text/route-editor';

import { type NodeChoice, type OutputRef, type RouteElement, allowedTargets, elementOf, outputsOf, targetOf, titleOf, titles } from '../../model';
import { Tile } from '../../nodes/parts/Tile';
import { CHOICES, choiceMeta } from '../../nodes/registry';
import { useEditor, useEditorStore } from '../../store';
import type { ListAction } from './actions';
import classes from './ListView.module.css';

interface ActionDialogProps {
  action: ListAction;
  /** With what has the focus next. */
  onClose(id?: string): void;
}

/** Asks what the chosen action still needs. */
export function ActionDialog({ action, onClose }: ActionDialogProps) {
  const document = useEditor((state) => state.draft.document);
  const element = elementOf(document, action.id);
  const title = titleOf(document, action.id);
  const heading = { add: text.list.addTitle, connect: text.list.connectTitle, move: text.list.moveTitle }[action.type](title);
  return (
    <Modal opened title={heading} onClose={() => onClose(action.id)} returnFocus={false} lockScroll={false} transitionProps={{ duration: 0 }}>
      {element === undefined ? null : (
        <>
          {action.type === 'add' ? <Add element={element} output={action.output} onClose={onClose} /> : null}
          {action.type === 'connect' ? <Connect element={element} onClose={onClose} /> : null}
          {action.type === 'move' ? <Move element={element} onClose={onClose} /> : null}
        </>
      )}
    </Modal>
  );
}

interface StepProps {
  element: RouteElement;
  onClose(id?: string): void;
}

function Add({ element, output, onClose }: StepProps & { output: string | undefined }) {
  const store = useEditorStore();
  const outputs = outputsOf(element);
  const [chosen, setChosen] = useState(output ?? outputs[0]?.name ?? '');
  const add = (choice: NodeChoice) => {
    const result = store.getState().dispatch({ type: 'insert-on-output', from: { id: element.id, output: chosen }, node: { choice } });
    onClose('added' in result ? result.added?.[0] : element.id);
  };
  return (
    <>
      {outputs.length > 1 ? <OutputSelect element={element} value={chosen} onChange={setChosen} /> : null}
      <ul className={classes.choices} aria-label={text.list.kind}>
        {CHOICES.map((choice, at) => (
          <li key={choice}>
            <button type="button" className={classes.choice} data-autofocus={at === 0 || undefined} onClick={() => add(choice)}>
              <Tile meta={choiceMeta[choice]} size="lg" />
              <span className={classes.choiceText}>
                <span className={classes.name}>{text.kinds[choice]}</span>
                <span className={classes.sentence}>{text.list.about[choice]}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Connect({ element, onClose }: StepProps) {
  const store = useEditorStore();
  const document = useEditor((state) => state.draft.document);
  const [output, setOutput] = useState(outputsOf(element)[0]?.name ?? '');
  const [target, setTarget] = useState<string | null>(targetOf(element, output) ?? null);
  const { ids } = allowedTargets(document, element.id, output);
  const names = titles(document);
  const options = [...ids].map((id) => ({ value: id, label: names.get(id) ?? id }));
  const connect = () => {
    if (target !== null) store.getState().dispatch({ type: 'connect', from: { id: element.id, output }, to: target });
    onClose(element.id);
  };
  return (
    <form onSubmit={(event) => (event.preventDefault(), connect())} className={classes.form}>
      {outputsOf(element).length > 1 ? (
        <OutputSelect
          element={element}
          value={output}
          onChange={(name) => {
            setOutput(name);
            setTarget(targetOf(element, name) ?? null);
          }}
        />
      ) : null}
      <Select label={text.list.target} data={options} value={target} onChange={setTarget} searchable allowDeselect={false} data-autofocus nothingFoundMessage={text.list.nothingAllowed} />
      <Buttons label={text.list.doConnect} isReady={target !== null && ids.has(target)} onCancel={() => onClose(element.id)} />
    </form>
  );
}

function Move({ element, onClose }: StepProps) {
  const store = useEditorStore();
  const document = useEditor((state) => state.draft.document);
  const places = placesFor(document.elements, element);
  const names = titles(document);
  const [place, setPlace] = useState<string | null>(null);
  const options = places.map(({ from, label }, at) => ({ value: String(at), label: text.list.placeOf(names.get(from.id) ?? from.id, label) }));
  const move = () => {
    const found = place === null ? undefined : places[Number(place)];
    if (found !== undefined) store.getState().dispatch({ type: 'move-behind', id: element.id, from: found.from });
    onClose(element.id);
  };
  return (
    <form onSubmit={(event) => (event.preventDefault(), move())} className={classes.form}>
      <Select label={text.list.place} data={options} value={place} onChange={setPlace} searchable allowDeselect={false} data-autofocus />
      <Buttons label={text.list.doMove} isReady={place !== null} onCancel={() => onClose(element.id)} />
    </form>
  );
}

function OutputSelect({ element, value, onChange }: { element: RouteElement; value: string; onChange(name: string): void }) {
  const options = outputsOf(element).map(({ name, label }) => ({ value: name, label: label === '' ? name : label }));
  return <Select label={text.list.output} data={options} value={value} allowDeselect={false} onChange={(name) => name !== null && onChange(name)} />;
}

function Buttons({ label, isReady, onCancel }: { label: string; isReady: boolean; onCancel(): void }) {
  return (
    <Group justify="flex-end" gap={8}>
      <Button onClick={onCancel}>{text.list.cancel}</Button>
      <Button type="submit" variant="filled" disabled={!isReady}>
        {label}
      </Button>
    </Group>
  );
}

/** Every output but its own, and the one it hangs on already. */
function placesFor(elements: readonly RouteElement[], moved: RouteElement): { from: OutputRef; label: string }[] {
  return elements
    .filter(({ id }) => id !== moved.id)
    .flatMap((element) => outputsOf(element).filter(({ name }) => targetOf(element, name) !== moved.id).map(({ name, label }) => ({ from: { id: element.id, output: name }, label })));
}
