import { createContext, useContext } from 'react';
import { type StoreApi, createStore, useStore } from 'zustand';

import { routeEditorText as text } from '@/text/route-editor';

import { apply } from './model/commands/apply';
import type { Applied, Command, Context, Refused } from './model/commands/command';
import { randomIds } from './model/commands/id';
import { byId } from './model/document';
import { EMPTY_HISTORY, type History, closed, recorded, redone, undone } from './model/history';
import type { Draft, OutputRef, Problem, RouteDocument } from './model/types';
import type { NodeChange } from './versions/compare';

/** `both` is JSON with the canvas beside it. */
export type View = 'canvas' | 'list' | 'json' | 'both';
export type Panel = 'none' | 'inspector' | 'versions' | 'simulate' | 'changes';

export interface Selection {
  nodes: ReadonlySet<string>;
  edge: OutputRef | null;
}

/** A way through the flow: of a simulation, or of a request that was logged. */
export interface Highlight {
  source: 'simulation' | 'log';
  /** Edges that were taken, in order. */
  taken: readonly { node: string; output: string | null }[];
  /** Nodes that were visited, in order; the rest is dimmed. */
  nodes: readonly string[];
  /** The step whose node is emphasised. */
  step: number | null;
  label?: string;
}

/** The answer of …/traffic. */
export interface LiveTraffic {
  as_of: string;
  since: string;
  /** The version that is counted; null for any. */
  version: number | null;
  requests: number;
  edges: { node: string; output: string; count: number }[];
  nodes: { node: string; requests: number; errors: number; p95_ms: number | null; cost_usd: number | null; over: number; users_over: number | null }[];
  /** Nodes of the version that serves; null while that is not known. */
  known: ReadonlySet<string> | null;
}

export type DiffMark = 'added' | 'removed' | 'changed';

/** Another flow in place of the draft, read-only: a version, or a comparison. */
export interface Viewing {
  label: string;
  draft: Draft;
  marks: Readonly<Record<string, DiffMark>>;
  /** What differs, where two flows are compared. */
  comparison?: Comparison;
}

export interface Comparison {
  changes: readonly NodeChange[];
  old: RouteDocument;
  next: RouteDocument;
}

export interface Validation {
  /** `checking` while an answer for the newest change is waited for; `failed` when the server cannot be asked. */
  state: 'unknown' | 'checking' | 'current' | 'failed';
  problems: readonly Problem[];
  valid: boolean | null;
  storable: boolean | null;
}

export interface Announcement {
  text: string;
  /** Counts, so that the same words are read out again. */
  count: number;
}

export interface JsonState {
  /** The text while it differs from the draft; null when it shows the draft. */
  text: string | null;
  /** Why the text is not the draft: "JSON has an error on line 12". */
  error: string | null;
  line: number | null;
}

export interface DispatchOptions {
  /** Edits with the same group are one undo step until the group ends. */
  group?: string;
  /** Nothing is announced; for typing, where the field itself says it. */
  quiet?: boolean;
}

export interface EditorState {
  routeId: string;
  routeName: string;
  gateway: string;
  /** False for viewers, and for a flow that is only shown. */
  canEdit: boolean;
  draft: Draft;
  history: History;
  /** Counts changes of the draft; autosave and validation follow it. */
  changes: number;
  selection: Selection;
  view: View;
  panel: Panel;
  viewing: Viewing | null;
  validation: Validation;
  highlight: Highlight | null;
  live: LiveTraffic | null;
  json: JsonState;
  announcement: Announcement;
  /** A field of the inspector that wants the focus: `properties.limit`. */
  focusField: string | null;

  dispatch(command: Command, options?: DispatchOptions): Applied | Refused;
  undo(): void;
  redo(): void;
  /** The next edit begins a new undo step, whatever its group. */
  endGroup(): void;
  select(nodes: Iterable<string>): void;
  toggle(id: string): void;
  selectEdge(edge: OutputRef | null): void;
  selectAll(): void;
  /** Selects a node and opens its inspector, at one field where given. */
  edit(id: string, field?: string): void;
  setView(view: View): void;
  setPanel(panel: Panel): void;
  setViewing(viewing: Viewing | null): void;
  setValidation(validation: Partial<Validation>): void;
  setHighlight(highlight: Highlight | null): void;
  setLive(live: LiveTraffic | null): void;
  setJson(json: Partial<JsonState>): void;
  /** Takes another draft as the beginning: what was loaded, or somebody else's. Not an undo step. */
  reset(draft: Draft): void;
  announce(text: string): void;
  clearFocusField(): void;
}

export interface EditorOptions {
  draft: Draft;
  routeId: string;
  routeName: string;
  gateway: string;
  view?: View;
  panel?: Panel;
  canEdit?: boolean;
  ids?: Context;
}

export type EditorStore = StoreApi<EditorState>;

const NO_SELECTION: Selection = { nodes: new Set(), edge: null };
const JSON_IN_STEP: JsonState = { text: null, error: null, line: null };

/** One store for each open route. Undo survives switching views, not leaving the route. */
export function createEditorStore(options: EditorOptions): EditorStore {
  const ids = options.ids ?? randomIds;
  return createStore<EditorState>((set, get) => {
    const announced = (said: string): Announcement => ({ text: said, count: get().announcement.count + 1 });
    const shows = (draft: Draft, said: string): Partial<EditorState> => ({
      draft,
      changes: get().changes + 1,
      selection: kept(get().selection, draft),
      json: JSON_IN_STEP,
      ...(said === '' ? {} : { announcement: announced(said) }),
    });
    const travel = (way: typeof undone, said: string): void => {
      if (isReadOnly(get())) return;
      const result = way(get().history, get().draft);
      if (result !== null) set({ ...shows(result.draft, said), history: result.history });
    };

    return {
      routeId: options.routeId,
      routeName: options.routeName,
      gateway: options.gateway,
      canEdit: options.canEdit ?? true,
      draft: options.draft,
      history: EMPTY_HISTORY,
      changes: 0,
      selection: NO_SELECTION,
      view: options.view ?? 'canvas',
      panel: options.panel ?? 'none',
      viewing: null,
      validation: { state: 'unknown', problems: [], valid: null, storable: null },
      highlight: null,
      live: null,
      json: JSON_IN_STEP,
      announcement: { text: '', count: 0 },
      focusField: null,

      dispatch(command, { group, quiet } = {}) {
        const before = get().draft;
        // A draft is taken over whole whatever is being looked at; nothing else is changed behind what is shown.
        const isBarred = isReadOnly(get()) && command.type !== 'replace-draft';
        const result = isBarred ? { refused: text.refused.readOnly } : apply(before, command, ids);
        if ('refused' in result) {
          set({ announcement: announced(result.refused) });
          return result;
        }
        if (isSame(before, result.draft)) return result;
        set({ ...shows(result.draft, quiet === true ? '' : result.said), history: recorded(get().history, before, group ?? null) });
        if (result.added !== undefined) set({ selection: { nodes: new Set(result.added), edge: null } });
        else if (result.next !== undefined) set({ selection: { nodes: new Set([result.next]), edge: null } });
        return result;
      },
      undo: () => travel(undone, text.said.undone),
      redo: () => travel(redone, text.said.redone),
      endGroup: () => set({ history: closed(get().history) }),
      select: (nodes) => set({ selection: { nodes: new Set(nodes), edge: null }, history: closed(get().history) }),
      toggle: (id) => {
        const nodes = new Set(get().selection.nodes);
        if (!nodes.delete(id)) nodes.add(id);
        set({ selection: { nodes, edge: null } });
      },
      selectEdge: (edge) => set({ selection: { nodes: new Set(), edge } }),
      selectAll: () => set({ selection: { nodes: new Set(byId(get().draft.document).keys()), edge: null } }),
      edit: (id, field) => set({ selection: { nodes: new Set([id]), edge: null }, panel: 'inspector', focusField: field ?? null, history: closed(get().history) }),
      setView: (view) => set({ view }),
      setPanel: (panel) => set({ panel }),
      setViewing: (viewing) => set({ viewing }),
      setValidation: (validation) => set({ validation: { ...get().validation, ...validation } }),
      setHighlight: (highlight) => set({ highlight }),
      setLive: (live) => set({ live }),
      setJson: (json) => set({ json: { ...get().json, ...json } }),
      reset: (draft) => set({ draft, history: EMPTY_HISTORY, selection: kept(get().selection, draft), json: JSON_IN_STEP, changes: get().changes + 1 }),
      announce: (said) => set({ announcement: announced(said) }),
      clearFocusField: () => set({ focusField: null }),
    };
  });
}

function kept({ nodes, edge }: Selection, draft: Draft): Selection {
  const known = byId(draft.document);
  const left = [...nodes].filter((id) => known.has(id));
  const isEdgeKept = edge === null || known.has(edge.id);
  if (left.length === nodes.size && isEdgeKept) return { nodes, edge };
  return { nodes: new Set(left), edge: isEdgeKept ? edge : null };
}

function isSame(a: Draft, b: Draft): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

const EditorContext = createContext<EditorStore | null>(null);

export const EditorProvider = EditorContext.Provider;

export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (store === null) throw new Error('The flow editor is used outside of its provider.');
  return store;
}

export function useEditor<T>(selector: (state: EditorState) => T): T {
  return useStore(useEditorStore(), selector);
}

/** What is on the screen: the draft, or the version that is being looked at. */
export function shownDraft(state: EditorState): Draft {
  return state.viewing?.draft ?? state.draft;
}

/** Nothing that is shown can be changed: a version, a comparison, or nobody may. */
export function isReadOnly(state: EditorState): boolean {
  return !state.canEdit || state.viewing !== null;
}

export function canUndo(state: EditorState): boolean {
  return state.history.past.length > 0;
}

export function canRedo(state: EditorState): boolean {
  return state.history.future.length > 0;
}
