/** Keys of one or two letters. They are off while typing, and can be turned off altogether. */
import { useEffect, useRef } from 'react';
import { create } from 'zustand';

export interface Shortcut {
  /** `g o`, `?`, `/`, `j`, `mod+s`. */
  keys: string;
  label: string;
  run: (event: KeyboardEvent) => void;
  /** Another listener does it (it depends on where the focus is); here it is only listed. */
  elsewhere?: boolean;
}

const LETTERS_KEY = 'waypost-letter-shortcuts';
const SEQUENCE_MS = 1_200;

interface ShortcutState {
  /** By the part of the screen that listens. */
  scopes: Map<symbol, { title: string; shortcuts: Shortcut[] }>;
  lettersAreOn: boolean;
  setLetters: (on: boolean) => void;
}

export const useShortcutState = create<ShortcutState>((set) => ({
  scopes: new Map(),
  lettersAreOn: localStorage.getItem(LETTERS_KEY) !== 'off',
  setLetters: (on) => {
    localStorage.setItem(LETTERS_KEY, on ? 'on' : 'off');
    set({ lettersAreOn: on });
  },
}));

/** Listens while the caller is on screen; `?` lists what listens. */
export function useShortcuts(title: string, shortcuts: Shortcut[]): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  const shape = shortcuts.map(({ keys, label }) => `${keys}=${label}`).join('\n');
  useEffect(() => {
    const scope = Symbol(title);
    const listed = latest.current.map((shortcut, index) => ({ ...shortcut, run: (event: KeyboardEvent) => latest.current[index]?.run(event) }));
    useShortcutState.setState((state) => ({ scopes: new Map(state.scopes).set(scope, { title, shortcuts: listed }) }));
    return () =>
      useShortcutState.setState((state) => {
        const scopes = new Map(state.scopes);
        scopes.delete(scope);
        return { scopes };
      });
  }, [title, shape]);
}

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.('input, textarea, select, [contenteditable="true"], .cm-editor'));
}

/** Enter presses what has the focus, before it means anything to the screen. */
function isPressable(target: EventTarget | null): boolean {
  return Boolean((target as HTMLElement | null)?.closest?.('a[href], button, summary, [role="button"], [role="menuitem"], [role="option"], [role="tab"]'));
}

function pressed(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const parts = [(event.ctrlKey || event.metaKey) && 'mod', event.altKey && 'alt', event.shiftKey && event.key.length > 1 && 'shift'];
  if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.length === 1) parts.push('shift');
  return [...parts.filter(Boolean), key].join('+');
}

let sequence: { keys: string; at: number } | undefined;

/** One listener for the whole page, installed by the shell. */
export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const now = pressed(event);
  const isCombination = now.includes('+') && now !== '+';
  const { scopes, lettersAreOn } = useShortcutState.getState();
  if (!isCombination && (!lettersAreOn || isTyping(event.target))) return;
  if (now === 'Enter' && isPressable(event.target)) return;
  const before = sequence && event.timeStamp - sequence.at < SEQUENCE_MS ? sequence.keys : undefined;
  sequence = undefined;
  const wanted = before ? `${before} ${now}` : now;
  const all = [...scopes.values()].flatMap((scope) => scope.shortcuts.filter((shortcut) => !shortcut.elsewhere)).reverse();
  const found = all.find((shortcut) => shortcut.keys === wanted);
  if (found) {
    event.preventDefault();
    found.run(event);
  } else if (all.some((shortcut) => shortcut.keys.startsWith(`${wanted} `))) {
    sequence = { keys: wanted, at: event.timeStamp };
  }
}
