import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { type EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

import { type Problem, plainMessage } from '../../model';
import { elementRanges, rangeOf } from './tree';

export const setSelected = StateEffect.define<ReadonlySet<string>>();

interface Selected {
  ids: ReadonlySet<string>;
  lines: DecorationSet;
}

const line = Decoration.line({ class: 'cm-selected-element' });

/** The lines of the selected nodes stand out. */
const selected = StateField.define<Selected>({
  create: () => ({ ids: new Set(), lines: Decoration.none }),
  update(value, transaction) {
    const effect = transaction.effects.find((each) => each.is(setSelected));
    if (effect === undefined && !transaction.docChanged) return value;
    const ids = effect === undefined ? value.ids : (effect.value as ReadonlySet<string>);
    return { ids, lines: linesOf(transaction.state, ids) };
  },
  provide: (field) => EditorView.decorations.from(field, ({ lines }) => lines),
});

export function selectionMarks(): Extension {
  return selected;
}

/** The selected nodes in the text, the first one in view. */
export function showSelected(view: EditorView, ids: ReadonlySet<string>, scroll: boolean): void {
  const first = scroll ? elementRanges(view.state).find(({ id }) => ids.has(id)) : undefined;
  view.dispatch({ effects: [setSelected.of(ids), ...(first === undefined ? [] : [EditorView.scrollIntoView(first.from, { y: 'nearest', yMargin: 40 })])] });
}

/** What the server found, at the lines it speaks of; and what is no JSON at all. */
export function showProblems(view: EditorView, problems: readonly Problem[], broken: { line: number; error: string } | null): void {
  const { state } = view;
  const found = broken === null ? problems.map((problem) => diagnosticOf(state, problem)) : [brokenAt(state, broken.line, broken.error)];
  view.dispatch(setDiagnostics(state, found.toSorted((a, b) => a.from - b.from)));
}

function diagnosticOf(state: EditorState, { code, severity, message, path }: Problem): Diagnostic {
  return { ...rangeOf(state, path), severity, message: plainMessage(message), source: code };
}

function brokenAt(state: EditorState, number: number, message: string): Diagnostic {
  const { from, to } = state.doc.line(Math.min(Math.max(1, number), state.doc.lines));
  return { from, to, severity: 'error', message };
}

function linesOf(state: EditorState, ids: ReadonlySet<string>): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const range of elementRanges(state).filter(({ id }) => ids.has(id))) {
    for (let at = state.doc.lineAt(range.from); ; at = state.doc.line(at.number + 1)) {
      builder.add(at.from, at.from, line);
      if (at.to >= range.to || at.number === state.doc.lines) break;
    }
  }
  return builder.finish();
}
