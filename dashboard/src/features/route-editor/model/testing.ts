/** For tests alone: the example routes, a generator with a seed, and ids that come out the same each time. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { idMaker } from './commands/id';
import type { RouteDocument } from './types';

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
