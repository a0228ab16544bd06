import type { Draft } from './types';

export const STEPS_MAX = 100;

interface Step {
  before: Draft;
  /** Edits of one gesture or one field share a group, and one step. */
  group: string | null;
}

/**
 * Drafts are never changed in place, so a step is the draft as it was: going back gives the same JSON to the byte,
 * positions included.
 */
export interface History {
  past: readonly Step[];
  future: readonly Draft[];
  /** No further edit joins the last step. */
  isClosed: boolean;
}

export const EMPTY_HISTORY: History = { past: [], future: [], isClosed: true };

export function recorded(history: History, before: Draft, group: string | null): History {
  const last = history.past.at(-1);
  const joins = group !== null && !history.isClosed && last?.group === group;
  if (joins) return { past: history.past, future: [], isClosed: false };
  return { past: [...history.past, { before, group }].slice(-STEPS_MAX), future: [], isClosed: false };
}

export function closed(history: History): History {
  return history.isClosed ? history : { ...history, isClosed: true };
}

export function undone(history: History, now: Draft): { history: History; draft: Draft } | null {
  const last = history.past.at(-1);
  if (last === undefined) return null;
  return { draft: last.before, history: { past: history.past.slice(0, -1), future: [now, ...history.future], isClosed: true } };
}

export function redone(history: History, now: Draft): { history: History; draft: Draft } | null {
  const [next, ...future] = history.future;
  if (next === undefined) return null;
  return { draft: next, history: { past: [...history.past, { before: now, group: null }].slice(-STEPS_MAX), future, isClosed: true } };
}
