import type { Routes } from './route';
import { crosses, overlap, segmentsOf } from './segments';

/** Pairs of edges that cross, or that run on top of each other without a common end. */
export function crossingsOf(routes: Routes, targetOf: (key: string) => string | undefined): [string, string][] {
  const list = [...routes].map(([key, { points }]) => ({ key, segments: segmentsOf(points) }));
  return list.flatMap((one, at) =>
    list.slice(at + 1).flatMap((other): [string, string][] => {
      const isMeeting = targetOf(one.key) === targetOf(other.key);
      const touches = one.segments.some((a) => other.segments.some((b) => crosses(a, b) || (!isMeeting && overlap(a, b) > 0)));
      return touches ? [[one.key, other.key]] : [];
    }),
  );
}
