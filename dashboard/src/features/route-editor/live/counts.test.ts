import { describe, expect, it } from 'vitest';

import type { LiveTraffic } from '../store';
import { liveCount, logsOfEdge } from './counts';

const live: LiveTraffic = {
  as_of: '2026-11-21T12:03:11.500Z',
  since: '2026-11-21T11:58:00.000Z',
  version: null,
  requests: 3,
  edges: [{ node: 'c', output: 'true', count: 3 }],
  nodes: [],
  known: new Set(['c', 'm']),
};

describe('live counts', () => {
  it('tells nothing, zero and a node of the draft apart', () => {
    expect(liveCount(null, 'c', 'true')).toBeUndefined();
    expect(liveCount(live, 'c', 'true')).toBe(3);
    expect(liveCount(live, 'c', 'false')).toBe(0);
    expect(liveCount(live, 'new', 'success')).toBeNull();
    expect(liveCount({ ...live, known: null }, 'new', 'success')).toBe(0);
  });

  it('counts what ended at an open output there, and nowhere else', () => {
    const ended = { ...live, edges: [{ node: 'c', output: 'success', count: 40 }, { node: 'c', output: '', count: 13 }] };
    expect(liveCount(ended, 'c', 'fallback', true)).toBe(13);
    expect(liveCount(ended, 'c', 'fallback')).toBe(0);
    const filters = new URL(logsOfEdge('default', 'smart', ended, 'c', 'fallback', true), 'http://x').searchParams.get('filters')!;
    expect(JSON.parse(filters)[1].value).toEqual(['c:fallback', 'c:']);
  });

  it('leads to the rows that were counted', () => {
    const search = new URL(logsOfEdge('default', 'smart', live, 'c', 'true'), 'http://x').searchParams;
    expect([search.get('start'), search.get('end')]).toEqual(['2026-11-21T11:58:00.000Z', '2026-11-21T12:03:11.501Z']);
    expect(JSON.parse(search.get('filters')!)).toEqual([
      { key: 'route', operator: 'eq', value: ['smart'] },
      { key: 'edge', operator: 'eq', value: ['c:true'] },
    ]);
    const ofVersion = new URL(logsOfEdge('default', 'smart', { ...live, version: 4 }, 'c', 'true'), 'http://x').searchParams;
    expect(JSON.parse(ofVersion.get('filters')!)[2]).toEqual({ key: 'version', operator: 'eq', value: [4] });
  });
});
