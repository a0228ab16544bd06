/** The strip after a deploy: how long it is shown, and what it says. Pure. */
import { percent } from '@/lib/number';
import { deployText as text } from '@/text/versions';

const MINUTE_MS = 60_000;
/** How long after a deploy it is looked at. */
export const SHOWN_MS = 10 * MINUTE_MS;
/** What it is compared with. */
export const BEFORE_MS = 60 * MINUTE_MS;

/** A deploy that is young enough: how long the strip is still shown; null once it is not. */
export function timeLeft(deployedAt: string, now: number): number | null {
  const left = Date.parse(deployedAt) + SHOWN_MS - now;
  return left > 0 ? left : null;
}

export interface Sum {
  requests: number;
  failed: number;
}

/** Shares of what failed. Nothing came through is not the same as nothing failed. */
export function sinceWords(after: Sum, before: Sum | undefined): string {
  if (after.requests === 0) return text.sinceNone;
  const had = before !== undefined && before.requests > 0 ? percent(before.failed / before.requests) : null;
  return text.since(after.requests, percent(after.failed / after.requests), had);
}
