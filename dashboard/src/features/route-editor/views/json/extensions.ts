import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, redoDepth, undoDepth } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, type KeyBinding, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';

import { routeEditorText as text } from '@/text/route-editor';

import { help } from './help';
import { selectionMarks } from './marks';
import { look } from './theme';

/** The editor's own undo reaches back to the last text that the flow took over; from there on the flow's undo goes on. */
export const ownHistory = new Compartment();
export const editable = new Compartment();

export interface Hooks {
  undo(): void;
  redo(): void;
  update: Parameters<typeof EditorView.updateListener.of>[0];
}

export function extensions(hooks: Hooks, nonce: string): Extension {
  return [
    nonce === '' ? [] : EditorView.cspNonce.of(nonce),
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    ownHistory.of(history()),
    editable.of([]),
    json(),
    help(),
    selectionMarks(),
    look(),
    EditorView.contentAttributes.of({ 'aria-label': text.json.label, tabindex: '0' }),
    Prec.high(keymap.of(flowUndo(hooks))),
    // Tab leaves the editor: nobody who works with the keyboard is caught in it.
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap]),
    EditorView.updateListener.of(hooks.update),
  ];
}

/** Where the text has nothing of its own left to undo, the flow's undo takes over. */
function flowUndo({ undo, redo }: Hooks): KeyBinding[] {
  const backward = (view: EditorView): boolean => {
    if (undoDepth(view.state) > 0) return false;
    undo();
    return true;
  };
  const forward = (view: EditorView): boolean => {
    if (redoDepth(view.state) > 0) return false;
    redo();
    return true;
  };
  return [
    { key: 'Mod-z', run: backward, preventDefault: true },
    { key: 'Mod-Shift-z', run: forward, preventDefault: true },
    { key: 'Mod-y', run: forward, preventDefault: true },
  ];
}

/** Forgets what could be undone in the text. */
export function forgetHistory(view: EditorView): void {
  view.dispatch({ effects: ownHistory.reconfigure([]) });
  view.dispatch({ effects: ownHistory.reconfigure(history()) });
}

export function setReadOnly(view: EditorView, isReadOnly: boolean): void {
  view.dispatch({ effects: editable.reconfigure(isReadOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : []) });
}
