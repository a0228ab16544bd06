/** A number against the same number in the period before. */
import { percent } from '@/lib/number';
import { tiles as text } from '@/text/overview';

export interface Change {
  direction: 'up' | 'down' | 'same';
  text: string;
}

/** In percent of what it was; `null` where there was nothing to compare with. */
export function changeOf(now: number | null | undefined, before: number | null | undefined): Change | null {
  if (now === null || now === undefined || before === null || before === undefined || before === 0) return null;
  const share = (now - before) / Math.abs(before);
  if (Math.abs(share) < 0.0005) return { direction: 'same', text: percent(0) };
  const size = Math.abs(share);
  return { direction: share > 0 ? 'up' : 'down', text: percent(size, size >= 1 ? 0 : 1) };
}

/** Of two shares, in points: from 99.5 % to 99.7 % are 0.2 points, not 0.2 %. */
export function pointsOf(now: number | null, before: number | null): Change | null {
  if (now === null || before === null) return null;
  const points = (now - before) * 100;
  const size = Math.abs(points);
  if (size < 0.005) return { direction: 'same', text: text.points('0') };
  return { direction: points > 0 ? 'up' : 'down', text: text.points(size.toFixed(size < 1 ? 2 : 1)) };
}
