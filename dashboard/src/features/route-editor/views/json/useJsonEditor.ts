import { EditorState, Transaction } from '@codemirror/state';
import { EditorView, type ViewUpdate } from '@codemirror/view';
import { type RefObject, useEffect, useRef, useState } from 'react';

import { styleNonce } from '@/app/trusted-types';
import { routeEditorText as text } from '@/text/route-editor';

import { type RouteDocument, formatDocument, sameValue } from '../../model';
import { type EditorState as FlowState, type EditorStore, isReadOnly, shownDraft, useEditorStore } from '../../store';
import { type Sync, useSyncActions } from '../../sync';
import { extensions, forgetHistory, setReadOnly } from './extensions';
import { showProblems, showSelected } from './marks';
import { readJudgement, readText } from './read';
import { elementRanges, firstError, hasTwins } from './tree';

/** A text that stays as it is this long goes to the canvas. */
export const APPLY_MS = 300;
/** Typing with shorter pauses is one undo step. */
const STEP_MS = 2_000;
const GROUP = 'json';

export interface JsonEditor {
  host: RefObject<HTMLDivElement | null>;
  /** What the server read differently from how it is written. */
  changes: string[];
  /** Writes the text as the flow has it. */
  rewrite(): void;
  /** A whole new text, as if it had been typed. */
  replace(content: string): void;
}

/** A text editor on the same draft as canvas and list. */
export function useJsonEditor(): JsonEditor {
  const store = useEditorStore();
  const sync = useSyncActions();
  const host = useRef<HTMLDivElement>(null);
  const session = useRef<JsonSession | null>(null);
  const [changes, setChanges] = useState<string[]>([]);

  useEffect(() => {
    if (host.current === null) return;
    const opened = new JsonSession(host.current, store, sync, setChanges);
    session.current = opened;
    return () => {
      opened.close();
      session.current = null;
    };
  }, [store, sync]);

  return { host, changes, rewrite: () => session.current?.rewrite(), replace: (content) => session.current?.replace(content) };
}

/** One editor on the screen, from opening the view to leaving it. */
class JsonSession {
  private readonly view: EditorView;
  private readonly stop: () => void;
  private applyTimer: ReturnType<typeof setTimeout> | undefined;
  private stepTimer: ReturnType<typeof setTimeout> | undefined;
  private reading: AbortController | undefined;
  /** The document that the text stands for; another one in the store means that the text is out of date. */
  private shown: RouteDocument;

  constructor(
    host: HTMLElement,
    private readonly store: EditorStore,
    private readonly sync: Pick<Sync, 'judge'>,
    private readonly onChanges: (changes: string[]) => void,
  ) {
    const state = store.getState();
    this.shown = shownDraft(state).document;
    const hooks = { undo: () => store.getState().undo(), redo: () => store.getState().redo(), update: (update: ViewUpdate) => this.updated(update) };
    this.view = new EditorView({
      parent: host,
      state: EditorState.create({ doc: state.viewing === null ? (state.json.text ?? formatDocument(this.shown)) : formatDocument(this.shown), extensions: extensions(hooks, styleNonce) }),
    });
    setReadOnly(this.view, isReadOnly(state));
    showSelected(this.view, state.selection.nodes, true);
    this.mark(state);
    this.stop = store.subscribe((after, before) => this.storeChanged(after, before));
  }

  close(): void {
    clearTimeout(this.applyTimer);
    if (this.isWaiting) this.apply();
    this.stop();
    clearTimeout(this.stepTimer);
    this.reading?.abort();
    this.store.getState().endGroup();
    this.view.destroy();
  }

  rewrite(): void {
    this.write(formatDocument(this.shown));
    this.store.getState().setJson({ text: null, error: null, line: null });
    this.onChanges([]);
  }

  replace(content: string): void {
    this.store.getState().endGroup();
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: content } });
    this.apply();
  }

  private isWaiting = false;

  private updated(update: ViewUpdate): void {
    const isOwn = update.transactions.some((transaction) => transaction.annotation(Transaction.remote) !== true && transaction.docChanged);
    if (isOwn) {
      this.isWaiting = true;
      clearTimeout(this.applyTimer);
      clearTimeout(this.stepTimer);
      this.applyTimer = setTimeout(() => this.apply(), APPLY_MS);
      this.stepTimer = setTimeout(() => this.store.getState().endGroup(), STEP_MS);
    } else if (update.selectionSet && update.view.hasFocus) this.selectAtCursor();
  }

  /** The text to the canvas, where it can be read; else why not, and the canvas stays. */
  private apply(): void {
    this.isWaiting = false;
    this.reading?.abort();
    const content = this.view.state.doc.toString();
    const reading = readText(content, firstError(this.view.state), hasTwins(this.view.state));
    if (reading.kind === 'broken') return this.refuse(content, reading.error, reading.line);
    if (reading.kind === 'published') this.take(reading.document, content);
    void this.ask(content, reading.kind === 'published');
  }

  /** Every spelling is the server's to read; what it changed is said, and written when asked for. */
  private async ask(content: string, isTaken: boolean): Promise<void> {
    const asked = new AbortController();
    this.reading = asked;
    const judgement = await this.sync.judge(content, asked.signal).catch(() => null);
    if (asked.signal.aborted) return;
    if (judgement === null) {
      if (!isTaken) this.refuse(content, text.json.unreachable, null);
      return;
    }
    const read = readJudgement(judgement);
    if ('error' in read) {
      if (!isTaken) this.refuse(content, read.error, null);
      return;
    }
    this.onChanges(read.changes);
    if (!isTaken || read.changes.length > 0) this.take(read.document, content);
  }

  private take(document: RouteDocument, content: string): void {
    this.store.getState().setJson({ text: content, error: null, line: null });
    if (!sameValue(document, this.shown) || JSON.stringify(document) !== JSON.stringify(this.shown)) {
      this.shown = document;
      this.store.getState().dispatch({ type: 'replace-document', document }, { group: GROUP, quiet: true });
      this.shown = this.store.getState().draft.document;
    }
    this.store.getState().setJson({ text: content === formatDocument(document) ? null : content, error: null, line: null });
    forgetHistory(this.view);
    this.mark(this.store.getState());
  }

  private refuse(content: string, error: string, line: number | null): void {
    this.store.getState().setJson({ text: content, error, line });
    this.mark(this.store.getState());
  }

  private storeChanged(after: FlowState, before: FlowState): void {
    const document = shownDraft(after).document;
    if (after.viewing !== before.viewing) setReadOnly(this.view, isReadOnly(after));
    if (document !== this.shown) {
      if (this.isWaiting || before.json.error !== null) after.announce(text.json.replaced);
      clearTimeout(this.applyTimer);
      this.isWaiting = false;
      this.shown = document;
      this.write(formatDocument(document));
      this.onChanges([]);
      this.mark(after);
    }
    if (after.validation !== before.validation) this.mark(after);
    if (after.selection !== before.selection) showSelected(this.view, after.selection.nodes, !this.view.hasFocus);
  }

  /** Only what differs is written, so that the cursor stays where it is. */
  private write(content: string): void {
    const now = this.view.state.doc.toString();
    if (now === content) return;
    let from = 0;
    while (from < now.length && from < content.length && now[from] === content[from]) from += 1;
    let end = 0;
    while (end < now.length - from && end < content.length - from && now[now.length - 1 - end] === content[content.length - 1 - end]) end += 1;
    this.view.dispatch({ changes: { from, to: now.length - end, insert: content.slice(from, content.length - end) }, annotations: [Transaction.remote.of(true), Transaction.addToHistory.of(false)] });
    forgetHistory(this.view);
  }

  private mark({ validation, json, viewing }: FlowState): void {
    const broken = json.error === null ? null : { line: json.line ?? 1, error: json.error };
    showProblems(this.view, viewing === null ? validation.problems : [], viewing === null ? broken : null);
  }

  private selectAtCursor(): void {
    const { head } = this.view.state.selection.main;
    const found = elementRanges(this.view.state).find(({ from, to }) => from <= head && head <= to);
    const { selection, select } = this.store.getState();
    if (found !== undefined && !(selection.nodes.size === 1 && selection.nodes.has(found.id))) select([found.id]);
  }
}
