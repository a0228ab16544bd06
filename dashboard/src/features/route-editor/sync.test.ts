import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiFailure } from '@/api/client';

import { type RouteDocument, elementOf, newDraft, readDraft, writeDraft } from './model';
import { example } from './model/testing';
import { AUTOSAVE_MS, VALIDATE_MS } from './sync';
import { keptDrafts } from './sync/kept';
import { openEditor } from './sync/open';
import { ChangedMeanwhile, type DraftServer, type Judgement, type StoredDraft } from './sync/server';

const judged: Judgement = { valid: true, storable: true, problems: [], changes: [], unknown: [], document: null };

/** A server with one draft, which several editors share. */
class Fake implements DraftServer {
  stored: StoredDraft | null;
  writes = 0;
  judgements = 0;
  isOffline = false;
  copies: unknown[] = [];

  constructor(document: RouteDocument) {
    this.stored = { document: writeDraft(newDraft(document)), revision: 1, modifiedAt: '2026-11-21T12:00:00Z', modifiedBy: 'ada' };
  }

  async read() {
    this.check();
    return this.stored;
  }

  async write(document: unknown, revision: number) {
    this.check();
    if (revision !== (this.stored?.revision ?? 0)) throw new ChangedMeanwhile();
    this.writes += 1;
    this.stored = { document: structuredClone(document), revision: revision + 1, modifiedAt: '2026-11-21T12:01:00Z', modifiedBy: 'ben' };
    return this.stored;
  }

  async judge() {
    this.check();
    this.judgements += 1;
    return judged;
  }

  async copy(_document: RouteDocument, stored: unknown) {
    this.copies.push(stored);
    return 'smart-route-copy';
  }

  private check() {
    if (this.isOffline) throw new ApiFailure(0, undefined, 'gone', undefined);
  }
}

const open = (server: Fake, kept = keptDrafts('g', 'r')) => openEditor({ gateway: 'g', routeId: 'r', routeName: 'smart-route', fallback: null, server, kept });
const limit = (value: number) => ({ type: 'set-field', id: 'budget', path: ['properties', 'limit'], value }) as const;
const limitOf = (stored: StoredDraft | null) => elementOf(readDraft(stored?.document)!.document, 'budget')!.properties!['limit'];
const forgetful = () => ({ read: () => null, write: () => undefined, forget: () => undefined });

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

describe('autosave', () => {
  it('ux-14 sends the draft after a pause, positions included, and once', async () => {
    const server = new Fake(example('smart-route'));
    const { store, sync } = await open(server);
    const stop = sync.start();
    store.getState().dispatch(limit(2));
    store.getState().dispatch({ type: 'move-nodes', positions: { budget: [7, 9] } });
    expect(sync.state.getState().save).toBe('unsaved');
    await vi.advanceTimersByTimeAsync(AUTOSAVE_MS + 10);
    expect(server.writes).toBe(1);
    expect(sync.state.getState()).toMatchObject({ save: 'saved', revision: 2 });
    const again = await open(server);
    expect(JSON.stringify(again.store.getState().draft)).toBe(JSON.stringify(store.getState().draft));
    stop();
  });

  it('ux-14 takes over what a reload caught before it was sent', async () => {
    const server = new Fake(example('smart-route'));
    const first = await open(server);
    const stop = first.sync.start();
    first.store.getState().dispatch(limit(3));
    const second = await open(server);
    expect(limitOf(server.stored)).toBe(1);
    expect(elementOf(second.store.getState().draft.document, 'budget')!.properties!['limit']).toBe(3);
    expect(second.sync.hasUnsaved()).toBe(true);
    stop();
  });

  it('sends nothing for an edit that is undone before it was sent', async () => {
    const server = new Fake(example('smart-route'));
    const { store, sync } = await open(server);
    const stop = sync.start();
    store.getState().dispatch(limit(2));
    store.getState().undo();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.writes).toBe(0);
    expect(sync.state.getState().save).toBe('saved');
    stop();
  });

  it('ux-38 keeps the draft while the server is away, asks seldom, and sends it when it is back', async () => {
    const server = new Fake(example('smart-route'));
    const { store, sync } = await open(server);
    const stop = sync.start();
    const read = vi.spyOn(server, 'write');
    server.isOffline = true;
    store.getState().dispatch(limit(4));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sync.state.getState().save).toBe('offline');
    expect(read.mock.calls.length).toBeLessThan(8);
    expect(keptDrafts('g', 'r').read()?.draft).toEqual(store.getState().draft);
    server.isOffline = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sync.state.getState().save).toBe('saved');
    expect(limitOf(server.stored)).toBe(4);
    expect(keptDrafts('g', 'r').read()).toBeNull();
    stop();
  });

  it('asks before leaving while something is unsaved', async () => {
    const server = new Fake(example('smart-route'));
    const { store, sync } = await open(server);
    const stop = sync.start();
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).toBe(false);
    store.getState().dispatch(limit(2));
    expect(leave()).toBe(true);
    stop();
  });
});

describe('two editors', () => {
  async function conflict() {
    const server = new Fake(example('smart-route'));
    const first = await open(server, forgetful());
    const second = await open(server, forgetful());
    const stops = [first.sync.start(), second.sync.start()];
    first.store.getState().dispatch({ type: 'set-title', id: 'large', title: 'Theirs' });
    await first.sync.flush();
    second.store.getState().dispatch(limit(5));
    await second.sync.flush();
    return { server, second, stop: () => stops.forEach((stop) => stop()) };
  }

  it('ux-26 tells the second saver whose draft is there, and stores nothing over it', async () => {
    const { server, second, stop } = await conflict();
    expect(second.sync.state.getState()).toMatchObject({ save: 'conflict', theirs: { by: 'ben', revision: 2 } });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(limitOf(server.stored)).toBe(1);
    stop();
  });

  it('ux-26 puts mine on top: both edits are stored', async () => {
    const { server, second, stop } = await conflict();
    await second.sync.settle('on-top');
    const stored = readDraft(server.stored!.document)!.document;
    expect(elementOf(stored, 'large')!.title).toBe('Theirs');
    expect(limitOf(server.stored)).toBe(5);
    expect(second.sync.state.getState()).toMatchObject({ save: 'saved', revision: 3 });
    stop();
  });

  it('ux-26 keeps mine as a copy and goes on with theirs; undo brings mine back', async () => {
    const { server, second, stop } = await conflict();
    expect(await second.sync.settle('as-copy')).toBe('smart-route-copy');
    expect(limitOf({ ...server.stored!, document: server.copies[0] })).toBe(5);
    const limitNow = () => elementOf(second.store.getState().draft.document, 'budget')!.properties!['limit'];
    expect(limitNow()).toBe(1);
    second.store.getState().undo();
    expect(limitNow()).toBe(5);
    stop();
  });

  it('offers what was kept offline when somebody else stored a draft since', async () => {
    const server = new Fake(example('smart-route'));
    const first = await open(server);
    const stop = first.sync.start();
    server.isOffline = true;
    first.store.getState().dispatch(limit(9));
    stop();
    server.isOffline = false;
    await server.write(writeDraft(newDraft(example('simple'))), 1);
    const second = await open(server);
    expect(second.sync.state.getState().offer?.draft).toEqual(first.store.getState().draft);
    const stopSecond = second.sync.start();
    second.sync.answerOffer(true);
    expect(elementOf(second.store.getState().draft.document, 'budget')!.properties!['limit']).toBe(9);
    stopSecond();
  });
});

describe('checking', () => {
  it('asks the server once after a burst of edits, soon', async () => {
    const server = new Fake(example('smart-route'));
    const { store, sync } = await open(server);
    const stop = sync.start();
    await vi.advanceTimersByTimeAsync(VALIDATE_MS + 10);
    expect(store.getState().validation.state).toBe('current');
    for (const value of [2, 3, 4]) store.getState().dispatch(limit(value));
    expect(store.getState().validation.state).toBe('checking');
    await vi.advanceTimersByTimeAsync(VALIDATE_MS + 10);
    expect(server.judgements).toBe(2);
    expect(store.getState().validation).toMatchObject({ state: 'current', valid: true });
    stop();
  });

  it('says that it cannot check while the server is away', async () => {
    const server = new Fake(example('smart-route'));
    const { store, sync } = await open(server);
    const stop = sync.start();
    server.isOffline = true;
    store.getState().dispatch(limit(2));
    await vi.advanceTimersByTimeAsync(VALIDATE_MS + 10);
    expect(store.getState().validation.state).toBe('failed');
    stop();
  });
});
