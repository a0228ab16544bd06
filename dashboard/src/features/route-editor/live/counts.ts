/** Counts of live traffic, and the rows of Logs that they are. Pure. */
import { type LogFilter, logsHref } from '@/components/charts/logs-link';

import type { LiveTraffic } from '../store';

/**
 * Requests that took an output: undefined without live traffic, null for a node that only the draft has. A walk that ended
 * at an open output has no name for it in the log: those count where the output `isOpen`.
 */
export function liveCount(live: LiveTraffic | null, node: string, output: string, isOpen = false): number | null | undefined {
  if (live === null) return undefined;
  const found = live.edges.filter((edge) => edge.node === node && (edge.output === output || (isOpen && edge.output === '')));
  if (found.length > 0) return found.reduce((sum, { count }) => sum + count, 0);
  return live.known === null || live.known.has(node) ? 0 : null;
}

/** Exactly the requests that a count was made of: those until it was read, of the version that was asked for. */
export function logsOfEdge(gateway: string, route: string, live: LiveTraffic, node: string, output: string, isOpen = false): string {
  const filters: LogFilter[] = [
    { key: 'route', operator: 'eq', value: [route] },
    { key: 'edge', operator: 'eq', value: isOpen ? [`${node}:${output}`, `${node}:`] : [`${node}:${output}`] },
    ...(live.version === null ? [] : [{ key: 'version', operator: 'eq' as const, value: [live.version] }]),
  ];
  return logsHref(gateway, filters, { start: Date.parse(live.since), end: Date.parse(live.as_of) + 1 });
}
