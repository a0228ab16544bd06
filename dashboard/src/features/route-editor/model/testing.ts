/** For tests alone: the example routes, a generator with a seed, and ids that come out the same each time. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Command } from './commands/command';
import { idMaker } from './commands/id';
import { outputsOf } from './element';
import type { Draft, NodeChoice, OutputRef, RouteDocument } from './types';

export const EXAMPLES = [
  'simple',
  'rate-limited',
  'budget-with-fallback',
  'paid-and-free',
  'ab-test',
  'gradual-rollout',
  'smart-route',
  'saas-plans',
  'provider-failover',
] as const;

export type Example = (typeof EXAMPLES)[number];

export function example(name: Example): RouteDocument {
  return JSON.parse(readFileSync(resolve(process.cwd(), `../examples/routes/${name}.json`), 'utf8')) as RouteDocument;
}

/** A small generator of even numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seededIds = (seed: number) => idMaker(seeded(seed));

/** Some edit of a draft; it may well be refused. */
export function randomCommand(draft: Draft, random: () => number): Command {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const { elements } = draft.document;
  const outputs: OutputRef[] = elements.flatMap((element) => outputsOf(element).map(({ name }) => ({ id: element.id, output: name })));
  const from = pick(outputs);
  const { id } = pick(elements);
  const choice = pick<NodeChoice>(['conditional', 'percentage', 'rate', 'budget', 'model']);
  const splits = elements.filter(({ type }) => type === 'percentage');
  const split = splits.length > 0 ? pick(splits) : null;
  const branch = split === null ? undefined : outputsOf(split)[0]?.name;
  return pick<() => Command>([
    () => ({ type: 'insert-on-output', from, node: { choice } }),
    () => ({ type: 'add-node', node: { choice }, at: [Math.floor(random() * 900), Math.floor(random() * 900)] }),
    () => ({ type: 'add-node', node: { choice } }),
    () => ({ type: 'add-node', node: { choice }, near: [Math.floor(random() * 900), Math.floor(random() * 900)] }),
    () => ({ type: 'connect', from, to: id }),
    () => ({ type: 'disconnect', from }),
    () => ({ type: 'reattach', from, output: pick(outputs), to: id }),
    () => ({ type: 'delete-nodes', ids: [id] }),
    () => ({ type: 'delete-nodes', ids: [id, pick(elements).id] }),
    () => ({ type: 'set-title', id, title: pick(['', 'Plan', 'Another']) }),
    () => ({ type: 'set-properties', id, values: { limit: Math.floor(random() * 99), gone: undefined } }),
    () => ({ type: 'set-field', id, path: ['properties', 'parameters', 'temperature'], value: random() }),
    () => ({ type: 'move-nodes', positions: { [id]: [random() * 500, random() * 500] } }),
    () => ({ type: 'tidy' }),
    () => ({ type: 'set-direction', direction: pick(['tb', 'lr']) }),
    () => ({ type: 'duplicate', ids: [id, pick(elements).id] }),
    () => ({ type: 'move-behind', id, from }),
    () => ({ type: 'replace-operand', from: 'metadata.user_id', to: 'metadata.team' }),
    () => (split === null ? { type: 'tidy', ids: [id] } : { type: 'add-branch', id: split.id }),
    () => (split === null || branch === undefined ? { type: 'tidy' } : { type: 'set-share', id: split.id, output: branch, share: Math.floor(random() * 100) }),
    () => (split === null || branch === undefined ? { type: 'tidy' } : { type: 'remove-branch', id: split.id, output: branch }),
    () => ({ type: 'replace-document', document: { ...draft.document, elements: elements.filter((element) => element.type !== 'rate') } }),
  ])();
}
