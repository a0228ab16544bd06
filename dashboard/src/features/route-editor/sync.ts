import { createContext, useContext } from 'react';
import { type StoreApi, createStore, useStore } from 'zustand';

import { ApiFailure } from '@/api/client';
import { type Draft, content, newDraft, readDraft, writeDraft } from './model';
import { mergeOnTop } from './model/merge';
import type { EditorStore } from './store';
import type { KeptDraft, KeptDrafts } from './sync/kept';
import { ChangedMeanwhile, type DraftServer, type StoredDraft } from './sync/server';

/** A pause in editing this long sends the draft. */
export const AUTOSAVE_MS = 800;
/** Checking waits this long, so that answers are there within 300 ms. */
export const VALIDATE_MS = 120;
/** Never asked more often than once a second when something fails. */
const RETRY_MS_MIN = 2_000;
const RETRY_MS_MAX = 30_000;

export type SaveState = 'saved' | 'unsaved' | 'saving' | 'offline' | 'conflict' | 'signed-out' | 'refused' | 'read-only';

/** Somebody else's draft, stored while this one was edited. */
export interface Theirs {
  draft: Draft;
  revision: number;
  by: string;
  at: string;
}

export interface SyncState {
  save: SaveState;
  /** When the server last took the draft; null before the first time. */
  savedAt: number | null;
  savedBy: string | null;
  revision: number;
  theirs: Theirs | null;
  /** Why the server refused the draft. */
  failure: string | null;
  /** A draft kept in the browser that could not be taken over without asking: somebody else stored one since. */
  offer: KeptDraft | null;
}

export type ConflictChoice = 'on-top' | 'as-copy' | 'take-theirs';

export interface Sync {
  state: StoreApi<SyncState>;
  /** Follows the store; the answer ends it. */
  start(): () => void;
  /** Sends what is not stored yet, at once; resolves when the server has it. */
  flush(): Promise<void>;
  /** Somebody else saved meanwhile. "See changes" shows `theirs`, it settles nothing. The name of a copy is given back. */
  settle(choice: ConflictChoice): Promise<string | null>;
  /** The draft that was kept in the browser, on top of what is stored, or thrown away. */
  answerOffer(take: boolean): void;
  hasUnsaved(): boolean;
  /** The server's reading of a text, in any spelling. */
  judge: DraftServer['judge'];
}

export interface SyncOptions {
  store: EditorStore;
  server: DraftServer;
  kept: KeptDrafts;
  /** What was opened. */
  revision: number;
  savedAt: number | null;
  savedBy: string | null;
  offer?: KeptDraft | null;
  canEdit?: boolean;
  now?: () => number;
  random?: () => number;
}

export function createSync(options: SyncOptions): Sync {
  const { store, server, kept, now = Date.now, random = Math.random, canEdit = true } = options;
  const state = createStore<SyncState>(() => ({
    save: canEdit ? 'saved' : 'read-only',
    savedAt: options.savedAt,
    savedBy: options.savedBy,
    revision: options.revision,
    theirs: null,
    failure: null,
    offer: options.offer ?? null,
  }));

  /** The draft as the server has it: what both sides of a conflict began with. */
  let base: Draft = store.getState().draft;
  let saveTimer: ReturnType<typeof setTimeout> | undefined;
  let checkTimer: ReturnType<typeof setTimeout> | undefined;
  let checking: AbortController | undefined;
  let saving: Promise<void> | null = null;
  let failures = 0;

  const isStored = (): boolean => sameDraft(store.getState().draft, base);
  const hasUnsaved = (): boolean => canEdit && !isStored();

  function changed(): void {
    scheduleCheck();
    if (!canEdit) return;
    if (isStored() && saving === null) {
      clearTimeout(saveTimer);
      kept.forget();
      if (state.getState().save !== 'conflict') state.setState({ save: 'saved', failure: null });
      return;
    }
    kept.write({ draft: store.getState().draft, revision: state.getState().revision, keptAt: now() });
    const { save } = state.getState();
    if (save === 'conflict') return;
    if (save !== 'offline' && save !== 'saving') state.setState({ save: 'unsaved' });
    scheduleSave(AUTOSAVE_MS);
  }

  function scheduleSave(after: number): void {
    clearTimeout(saveTimer);
    saveTimer = setTimeout(() => void flush(), after);
  }

  async function flush(): Promise<void> {
    clearTimeout(saveTimer);
    // One at a time: the next one needs the revision of this one.
    while (saving !== null) await saving;
    if (!hasUnsaved() || state.getState().save === 'conflict') return;
    saving = send().finally(() => (saving = null));
    await saving;
    if (hasUnsaved() && state.getState().save === 'saved') {
      state.setState({ save: 'unsaved' });
      scheduleSave(AUTOSAVE_MS);
    }
  }

  async function send(): Promise<void> {
    const { draft } = store.getState();
    state.setState({ save: 'saving' });
    try {
      took(draft, await server.write(writeDraft(draft), state.getState().revision));
    } catch (error) {
      await failed(error);
    }
  }

  function took(draft: Draft, stored: StoredDraft): void {
    base = draft;
    failures = 0;
    state.setState({ save: 'saved', savedAt: now(), savedBy: stored.modifiedBy, revision: stored.revision, failure: null });
    if (isStored()) kept.forget();
    else kept.write({ draft: store.getState().draft, revision: stored.revision, keptAt: now() });
  }

  async function failed(error: unknown): Promise<void> {
    if (error instanceof ChangedMeanwhile) return meet();
    if (error instanceof ApiFailure && error.isSignedOut) return state.setState({ save: 'signed-out' });
    if (error instanceof ApiFailure && error.status >= 400 && error.status < 500 && error.status !== 429) {
      return state.setState({ save: 'refused', failure: error.message });
    }
    failures += 1;
    state.setState({ save: 'offline' });
    scheduleSave(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (failures - 1)) * (1 + random() / 2));
  }

  /** Reads what somebody else stored. Where that is the same flow, there is nothing to settle. */
  async function meet(): Promise<void> {
    const stored = await server.read().catch(() => null);
    const found = stored === null ? null : readDraft(stored.document);
    if (stored === null || found === null) {
      failures += 1;
      state.setState({ save: 'offline' });
      return scheduleSave(RETRY_MS_MIN * (1 + random()));
    }
    const draft = newDraft(found.document, found.layout);
    if (sameDraft(draft, store.getState().draft)) return took(draft, stored);
    state.setState({ save: 'conflict', theirs: { draft, revision: stored.revision, by: stored.modifiedBy, at: stored.modifiedAt } });
  }

  async function settle(choice: ConflictChoice): Promise<string | null> {
    const { theirs } = state.getState();
    if (theirs === null) return null;
    const mine = store.getState().draft;
    const name = choice === 'as-copy' ? await server.copy(mine.document, writeDraft(mine)) : null;
    const merged = choice === 'on-top' ? mergeOnTop(base, mine, theirs.draft) : theirs.draft;
    base = theirs.draft;
    state.setState({ save: 'saved', theirs: null, revision: theirs.revision, savedBy: theirs.by });
    // An edit like any other: undo brings mine back.
    store.getState().dispatch({ type: 'replace-draft', draft: merged }, { quiet: true });
    changed();
    if (choice === 'on-top') await flush();
    return name;
  }

  function answerOffer(take: boolean): void {
    const { offer } = state.getState();
    state.setState({ offer: null });
    if (offer === null) return;
    if (take) store.getState().dispatch({ type: 'replace-draft', draft: offer.draft }, { quiet: true });
    else if (isStored()) kept.forget();
  }

  function scheduleCheck(): void {
    clearTimeout(checkTimer);
    checking?.abort();
    store.getState().setValidation({ state: 'checking' });
    checkTimer = setTimeout(() => void check(), VALIDATE_MS);
  }

  async function check(): Promise<void> {
    const asked = new AbortController();
    checking = asked;
    try {
      const { problems, valid, storable } = await server.judge(content(store.getState().draft.document), asked.signal);
      if (!asked.signal.aborted) store.getState().setValidation({ state: 'current', problems, valid, storable });
    } catch {
      if (!asked.signal.aborted) store.getState().setValidation({ state: 'failed' });
    }
  }

  function start(): () => void {
    const stop = store.subscribe((after, before) => {
      if (after.draft !== before.draft) changed();
    });
    const leaving = (event: BeforeUnloadEvent): void => {
      if (hasUnsaved()) event.preventDefault();
    };
    const back = (): void => {
      if (state.getState().save === 'offline') scheduleSave(0);
      if (store.getState().validation.state === 'failed') scheduleCheck();
    };
    window.addEventListener('beforeunload', leaving);
    window.addEventListener('online', back);
    scheduleCheck();
    if (hasUnsaved()) scheduleSave(0);
    return () => {
      stop();
      window.removeEventListener('beforeunload', leaving);
      window.removeEventListener('online', back);
      clearTimeout(checkTimer);
      checking?.abort();
      void flush();
    };
  }

  return { state, start, flush, settle, answerOffer, hasUnsaved, judge: server.judge.bind(server) };
}

function sameDraft(a: Draft, b: Draft): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

const SyncContext = createContext<Sync | null>(null);

export const SyncProvider = SyncContext.Provider;

export function useSyncActions(): Sync {
  const sync = useContext(SyncContext);
  if (sync === null) throw new Error('The draft is used outside of its provider.');
  return sync;
}

export function useSync<T>(selector: (state: SyncState) => T): T {
  return useStore(useSyncActions().state, selector);
}
