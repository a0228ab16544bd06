import { useEffect } from 'react';

import { type Shortcut, isTyping, useShortcuts } from '@/app/shortcuts';
import { canvasText } from '@/text/editor-canvas';

import { copySelection, duplicateSelection, leave, pasteText, removeSelection } from './canvas/acts';
import { useUiStore } from './canvas/ui';
import { useDeployFlow } from './deploy/useDeployFlow';
import { copy } from './model';
import { type EditorStore, useEditorStore } from './store';
import { requestFit } from './toolbar/Toolbar';

const text = canvasText.shortcuts;

/** Keys of the whole editor, wherever the focus is. */
export function useEditorKeys(isReadOnly: boolean): void {
  const store = useEditorStore();
  const ui = useUiStore();
  const flow = useDeployFlow();
  const may = (run: () => void) => () => {
    if (!isReadOnly) run();
  };
  const elsewhere = (keys: string, label: string): Shortcut => ({ keys, label, elsewhere: true, run: () => undefined });
  useShortcuts(text.title, [
    { keys: 'mod+s', label: text.save, run: may(() => void flow.saveOnly()) },
    { keys: 'mod+shift+s', label: text.deploy, run: may(() => mayDeploy(store) && ui.getState().set({ isDeploying: true })) },
    { keys: 'mod+z', label: text.undo, run: may(() => store.getState().undo()) },
    { keys: 'mod+shift+z', label: text.redo, run: may(() => store.getState().redo()) },
    { keys: 'mod+y', label: text.redo, run: may(() => store.getState().redo()) },
    {
      keys: 'alt+t',
      label: text.tidy,
      run: may(() => {
        store.getState().dispatch({ type: 'tidy', ids: [...store.getState().selection.nodes] });
        requestFit();
      }),
    },
    elsewhere('mod+c', text.copy),
    elsewhere('mod+x', text.cut),
    elsewhere('mod+v', text.paste),
    elsewhere('mod+d', text.duplicate),
    elsewhere('mod+a', text.all),
    elsewhere('Delete', text.remove),
    elsewhere('Enter', text.enter),
    elsewhere('c', text.connect),
    elsewhere('↑ ↓ ← →', text.arrows),
    elsewhere('Escape', text.close),
  ]);
  useClipboardEvents(store, isReadOnly);
  useSelectionKeys(store, isReadOnly);
}

function mayDeploy(store: EditorStore): boolean {
  return !store.getState().validation.problems.some(({ severity }) => severity === 'error');
}

/** The browser's own copy, cut and paste, so that nothing has to be allowed first. Texts in fields stay theirs. */
function useClipboardEvents(store: EditorStore, isReadOnly: boolean): void {
  useEffect(() => {
    const isOurs = (event: Event) => !isTyping(event.target) && store.getState().view !== 'json' && (document.getSelection()?.toString() ?? '') === '';
    const onCopy = (event: ClipboardEvent) => {
      const { selection, viewing, draft } = store.getState();
      if (!isOurs(event) || selection.nodes.size === 0) return;
      event.preventDefault();
      event.clipboardData?.setData('text/plain', copy(viewing?.draft ?? draft, selection.nodes));
      void copySelection(store, true);
    };
    const onCut = (event: ClipboardEvent) => {
      if (isReadOnly || !isOurs(event) || store.getState().selection.nodes.size === 0) return;
      onCopy(event);
      removeSelection(store);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isReadOnly || !isOurs(event)) return;
      event.preventDefault();
      pasteText(store, event.clipboardData?.getData('text/plain') ?? '');
    };
    // Without selected text, browsers ask first whether there is anything to copy: this is how to say yes.
    const beforeCopy = (event: Event) => {
      if (isOurs(event) && store.getState().selection.nodes.size > 0) event.preventDefault();
    };
    document.addEventListener('beforecopy', beforeCopy);
    document.addEventListener('beforecut', beforeCopy);
    document.addEventListener('copy', onCopy);
    document.addEventListener('cut', onCut);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('beforecopy', beforeCopy);
      document.removeEventListener('beforecut', beforeCopy);
      document.removeEventListener('copy', onCopy);
      document.removeEventListener('cut', onCut);
      document.removeEventListener('paste', onPaste);
    };
  }, [store, isReadOnly]);
}

/** The focus is on no control that might mean something else by the key. */
function isFree(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('aside, button, a, [role="toolbar"], [role="menu"], [role="dialog"]') === null;
}

/** Keys that act on the selection, where the focus is on the page itself or in the canvas. */
function useSelectionKeys(store: EditorStore, isReadOnly: boolean): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return;
      const isMod = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      const { selection } = store.getState();
      const hasSelection = selection.nodes.size > 0 || selection.edge !== null;
      if (isMod && key === 'a') store.getState().selectAll();
      else if (isMod && key === 'd' && !isReadOnly && selection.nodes.size > 0) duplicateSelection(store);
      else if (!isMod && (key === 'delete' || key === 'backspace') && !isReadOnly && hasSelection && isFree(event.target)) removeSelection(store);
      else if (!isMod && key === 'escape' && hasSelection && isFree(event.target)) leave(store);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [store, isReadOnly]);
}
