import type { Draft } from '../model';
import { newDraft, readDraft, writeDraft } from '../model';

/** A draft that the server does not have yet, kept in the browser. */
export interface KeptDraft {
  draft: Draft;
  /** The revision it was made from. */
  revision: number;
  keptAt: number;
}

export interface KeptDrafts {
  read(): KeptDraft | null;
  write(kept: KeptDraft): void;
  forget(): void;
}

/** Kept under the route's id, so that renaming a route loses nothing. */
export function keptDrafts(gateway: string, routeId: string, storage: Storage = window.localStorage): KeptDrafts {
  const key = `waypost-draft:${gateway}/${routeId}`;
  return {
    read() {
      try {
        const value: unknown = JSON.parse(storage.getItem(key) ?? 'null');
        const { stored, revision, keptAt } = value as { stored: unknown; revision: number; keptAt: number };
        const found = readDraft(stored);
        return found === null ? null : { draft: newDraft(found.document, found.layout), revision, keptAt };
      } catch {
        return null;
      }
    },
    write({ draft, revision, keptAt }) {
      try {
        storage.setItem(key, JSON.stringify({ stored: writeDraft(draft), revision, keptAt }));
      } catch {
        // A full or forbidden storage: the server still gets the draft, and leaving asks.
      }
    },
    forget() {
      try {
        storage.removeItem(key);
      } catch {
        // As above.
      }
    },
  };
}
