import { useDebouncedCallback, useLocalStorage } from '@mantine/hooks';
import { useCallback, useEffect, useRef, useState } from 'react';

import { useUrlState } from '@/lib/url-state';

import { DEFAULT_USER, fromUrl, ownParts, shortEnough, toUrl, type PlaygroundState, type Target } from './state';

const WRITE_AFTER_MS = 300;
const DRAFT_KEY = 'waypost-playground-long-texts';

export interface Playground {
  state: PlaygroundState;
  set: (change: Partial<PlaygroundState>) => void;
  setTarget: (index: 0 | 1, change: Partial<Target>) => void;
  /** The address leaves long texts out. */
  isCut: boolean;
}

/** The state of the screen, with the address kept beside it: typing writes it a moment later, Back reads it again. */
export function usePlayground(): Playground {
  const [url, setUrl] = useUrlState();
  const [state, setState] = useState<PlaygroundState>(() => withLongTexts(fromUrl(url)));
  const written = useRef(ownParts(url));
  const write = useDebouncedCallback((next: PlaygroundState) => {
    const { address, isCut } = shortEnough(toUrl(next));
    written.current = ownParts(address);
    // Long texts stay in this tab: a reload keeps them, a link does not carry them.
    if (isCut) sessionStorage.setItem(DRAFT_KEY, JSON.stringify({ prompt: next.prompt, system: next.system, turns: next.turns, extraBody: next.extraBody }));
    else sessionStorage.removeItem(DRAFT_KEY);
    setUrl(address);
  }, WRITE_AFTER_MS);
  const update = useCallback(
    (change: (before: PlaygroundState) => PlaygroundState) =>
      setState((before) => {
        const next = change(before);
        write(next);
        return next;
      }),
    [write],
  );
  const own = ownParts(url);
  useEffect(() => {
    if (own === written.current) return;
    written.current = own;
    setState(fromUrl(url));
  }, [own]);
  return {
    state,
    set: useCallback((change) => update((before) => ({ ...before, ...change })), [update]),
    setTarget: useCallback(
      (index, change) => update((before) => ({ ...before, targets: before.targets.map((target, at) => (at === index ? { ...target, ...change } : target)) as [Target, Target] })),
      [update],
    ),
    isCut: shortEnough(toUrl(state)).isCut,
  };
}

function withLongTexts(state: PlaygroundState): PlaygroundState {
  if (state.prompt || state.system || state.turns.length > 0 || state.extraBody) return state;
  try {
    return { ...state, ...(JSON.parse(sessionStorage.getItem(DRAFT_KEY) ?? '{}') as Partial<PlaygroundState>) };
  } catch {
    return state;
  }
}

const USERS_KEPT = 8;

/** User ids that were sent from this browser, the last one first. */
export function useRecentUsers(): [string[], (user: string) => void] {
  const [users, setUsers] = useLocalStorage<string[]>({ key: 'waypost-playground-users', defaultValue: [DEFAULT_USER, 'user-admin'], getInitialValueInEffect: false });
  const remember = useCallback((user: string) => {
    if (user !== '') setUsers((before) => [user, ...before.filter((one) => one !== user)].slice(0, USERS_KEPT));
  }, [setUsers]);
  return [users, remember];
}

export interface SavedPrompt {
  name: string;
  text: string;
}

const NAME_CHARS = 28;

export function useSavedPrompts() {
  const [prompts, setPrompts] = useLocalStorage<SavedPrompt[]>({ key: 'waypost-playground-prompts', defaultValue: [], getInitialValueInEffect: false });
  return {
    prompts,
    save: (text: string) => {
      const line = text.trim().split('\n')[0] ?? '';
      const name = line.length > NAME_CHARS ? `${line.slice(0, NAME_CHARS - 1)}…` : line;
      setPrompts((before) => [...before.filter((one) => one.text !== text), { name, text }]);
    },
    remove: (prompt: SavedPrompt) => setPrompts((before) => before.filter((one) => one.text !== prompt.text)),
  };
}
