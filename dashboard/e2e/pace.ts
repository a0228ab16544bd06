/** Statements about time, on machines that are slower or busy with something else. */
import { expect } from 'vitest';

const ROUNDS = 60_000_000;
/** What the rounds take on an idle machine. */
const IDLE_MS = 65;

/** How many times as long as on an idle machine work takes at this moment; never less than 1. */
function slowness(): number {
  const started = performance.now();
  let sum = 0;
  for (let round = 0; round < ROUNDS; round += 1) sum = (sum * 31 + round) | 0;
  const tookMs = performance.now() - started;
  return Number.isFinite(sum) ? Math.max(1, tookMs / IDLE_MS) : 1;
}

// Compiled and warm before the first statement.
slowness();
slowness();

/**
 * What is stated to happen within a time. It is waited for with patience and then judged: by the time that was stated, times
 * how much slower than an idle one this machine was before or after.
 */
export async function within<T>(ms: number, act: () => Promise<T>): Promise<T> {
  const before = slowness();
  const started = performance.now();
  const result = await act();
  const tookMs = performance.now() - started;
  expect(tookMs).toBeLessThan(ms * Math.max(before, slowness()));
  return result;
}
