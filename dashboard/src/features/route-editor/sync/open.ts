import { type Draft, type RouteDocument, isRouteDocument, newDraft, readDraft } from '../model';
import { type EditorStore, createEditorStore } from '../store';
import { type Sync, createSync } from '../sync';
import { type KeptDraft, type KeptDrafts, keptDrafts } from './kept';
import { type DraftServer, type StoredDraft, draftServer } from './server';

export interface Opened {
  store: EditorStore;
  sync: Sync;
  /** A stored draft that is no route document in any spelling: its text, for the JSON view. */
  unreadable: string | null;
}

export interface OpenOptions {
  gateway: string;
  routeId: string;
  routeName: string;
  /** What a route without a draft begins with: the flow that is live, or the newest version. */
  fallback: RouteDocument | null;
  canEdit?: boolean;
  server?: DraftServer;
  kept?: KeptDrafts;
}

/**
 * Opens a route: the draft as it is stored, or as this browser kept it. What was kept from the same revision is simply
 * what the server did not get yet, and is taken over; where somebody else stored one since, it is offered.
 */
export async function openEditor(options: OpenOptions): Promise<Opened> {
  const { gateway, routeId, routeName, canEdit = true } = options;
  const server = options.server ?? draftServer(gateway, routeId, routeName);
  const kept = options.kept ?? keptDrafts(gateway, routeId);
  const stored = await server.read();
  const found = stored === null ? null : await readStored(stored, server);
  const draft = found?.draft ?? newDraft(options.fallback ?? EMPTY_FLOW);
  const revision = stored?.revision ?? 0;

  const store = createEditorStore({ draft, routeId, routeName, gateway, canEdit });
  const left = canEdit ? kept.read() : null;
  const isNews = left !== null && JSON.stringify(left.draft) !== JSON.stringify(draft);
  const sync = createSync({
    store,
    server,
    kept,
    revision,
    savedAt: stored === null ? null : Date.parse(stored.modifiedAt),
    savedBy: stored?.modifiedBy ?? null,
    offer: isNews && left.revision !== revision ? left : null,
    canEdit,
  });
  if (isNews && left.revision === revision) takeOver(store, left);
  return { store, sync, unreadable: found?.text ?? null };
}

/** Not an undo step: it is where the editor was left. */
function takeOver(store: EditorStore, left: KeptDraft): void {
  store.getState().reset(left.draft);
}

async function readStored(stored: StoredDraft, server: DraftServer): Promise<{ draft: Draft | null; text: string | null }> {
  const found = readDraft(stored.document);
  if (found !== null) return { draft: newDraft(found.document, found.layout), text: null };
  const text = JSON.stringify(stored.document, null, 2) ?? '';
  const judged = await server.judge(text).catch(() => null);
  return judged !== null && isRouteDocument(judged.document) ? { draft: newDraft(judged.document), text: null } : { draft: null, text };
}

const EMPTY_FLOW: RouteDocument = {
  elements: [
    { id: 'start', type: 'start', outputs: { next: { elementId: 'end' } } },
    { id: 'end', type: 'end', outputs: {} },
  ],
};
