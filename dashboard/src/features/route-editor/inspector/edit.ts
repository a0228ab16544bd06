/** How fields of the inspector write: as people type, one undo step for each field, what is invalid stays in the field. */
import { useCallback, useEffect, useRef, useState } from 'react';

import type { FieldPath, Problem } from '../model';
import { isReadOnly as isShownOnly, useEditor, useEditorStore } from '../store';

export interface Edit {
  set(path: FieldPath, value: unknown): void;
  /** Several properties in one step; undefined removes. */
  properties(values: Record<string, unknown>, group?: string): void;
  /** The next edit is a new undo step. */
  end(): void;
  isReadOnly: boolean;
}

export function useEdit(id: string): Edit {
  const store = useEditorStore();
  const isReadOnly = useEditor(isShownOnly);
  const set = useCallback(
    (path: FieldPath, value: unknown) => void store.getState().dispatch({ type: 'set-field', id, path, value }, { group: `${id} ${path.join('.')}`, quiet: true }),
    [store, id],
  );
  const properties = useCallback(
    (values: Record<string, unknown>, group?: string) =>
      void store.getState().dispatch({ type: 'set-properties', id, values }, { quiet: true, ...(group === undefined ? {} : { group: `${id} ${group}` }) }),
    [store, id],
  );
  const end = useCallback(() => store.getState().endGroup(), [store]);
  return { set, properties, end, isReadOnly };
}

/** What the server's validator says of one field. */
export function useFieldProblem(id: string, field: string): string | undefined {
  return useEditor((state) => state.validation.problems.find((problem) => isAbout(problem, id, field) && problem.severity === 'error')?.message);
}

function isAbout(problem: Problem, id: string, field: string): boolean {
  return problem.node === id && (problem.field === field || problem.field?.startsWith(`${field}.`) === true);
}

export type Parsed<T> = { value: T } | { error: string };

export interface Typed {
  text: string;
  error: string | undefined;
  change(text: string): void;
  blur(): void;
}

/**
 * The text of a field. What reads as a value goes to the draft at once; what does not stays here with a message, and the
 * last valid value stays in the draft. A value that changes from elsewhere (undo, JSON) replaces the text.
 */
export function useTyped<T>(value: T, format: (value: T) => string, parse: (text: string) => Parsed<T>, commit: (value: T) => void, end: () => void): Typed {
  const [text, setText] = useState(() => format(value));
  const [error, setError] = useState<string>();
  const known = useRef(format(value));
  const current = format(value);
  useEffect(() => {
    if (known.current === current) return;
    known.current = current;
    setText((typed) => {
      const parsed = parse(typed);
      return 'value' in parsed && format(parsed.value) === current ? typed : current;
    });
    setError(undefined);
    // Only the value itself counts; the functions are new each time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [current]);
  return {
    text,
    error,
    change(next) {
      setText(next);
      const parsed = parse(next);
      if ('error' in parsed) {
        setError(parsed.error);
        return;
      }
      setError(undefined);
      known.current = format(parsed.value);
      commit(parsed.value);
    },
    blur: end,
  };
}
