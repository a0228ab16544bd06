import { type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react';

import { routeEditorText as text } from '@/text/route-editor';

import { flatOutline, outline } from '../../model';
import { shownDraft, useEditor, useEditorStore } from '../../store';
import { ActionDialog } from './ActionDialog';
import { type ListAction, ListContext } from './actions';
import { ListItem } from './ListItem';
import classes from './ListView.module.css';

/** The same route as a nested outline: for the keyboard, for screen readers, and for small screens. */
export function ListView() {
  const store = useEditorStore();
  const document = useEditor((state) => shownDraft(state).document);
  const items = useMemo(() => outline(document), [document]);
  const host = useRef<HTMLElement>(null);
  const [action, setAction] = useState<ListAction | null>(null);

  const focus = useCallback((id: string) => {
    // The item may only be there after the next drawing.
    requestAnimationFrame(() => host.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(id)}"]`)?.focus());
  }, []);

  const remove = useCallback(
    (id: string) => {
      const result = store.getState().dispatch({ type: 'delete-nodes', ids: [id] });
      if ('draft' in result && result.next !== undefined) focus(result.next);
    },
    [store, focus],
  );

  const close = (id: string | undefined) => {
    setAction(null);
    if (id !== undefined) focus(id);
  };

  const context = useMemo(() => ({ act: setAction, remove, focus }), [remove, focus]);

  return (
    <ListContext.Provider value={context}>
      <section ref={host} className={classes.view} aria-label={text.list.label} data-testid="list-view" onKeyDown={(event) => walk(event, flatOutline(items).map(({ id }) => id), remove)}>
        <ol className={classes.list}>
          {items.map((item, at) => (
            <ListItem key={item.id} item={item} isFirstLoose={item.isLoose && items[at - 1]?.isLoose !== true} />
          ))}
        </ol>
      </section>
      {action === null ? null : <ActionDialog action={action} onClose={close} />}
    </ListContext.Provider>
  );
}

/** Up and down walk through the items in the order they are read; Delete deletes. */
function walk(event: KeyboardEvent<HTMLElement>, order: readonly string[], remove: (id: string) => void): void {
  const at = (event.target as HTMLElement).dataset['item'];
  if (at === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const place = order.indexOf(at);
  const steps: Record<string, number | undefined> = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: order.length - 1 };
  const next = steps[event.key];
  if (next !== undefined) {
    const id = order[next];
    event.preventDefault();
    if (id !== undefined) event.currentTarget.querySelector<HTMLElement>(`[data-item="${CSS.escape(id)}"]`)?.focus();
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    event.preventDefault();
    event.stopPropagation();
    remove(at);
  }
}
