import { describe, expect, it } from 'vitest';

import { sinceWords, timeLeft } from './since';

describe('since a deploy', () => {
  it('is shown for ten minutes', () => {
    const at = '2026-11-21T12:00:00Z';
    expect(timeLeft(at, Date.parse('2026-11-21T12:04:00Z'))).toBe(6 * 60_000);
    expect(timeLeft(at, Date.parse('2026-11-21T12:10:00Z'))).toBeNull();
  });

  it('compares what failed with the hour before', () => {
    expect(sinceWords({ requests: 214, failed: 1 }, { requests: 1000, failed: 5 })).toBe('Since deploy: 214 requests, 0.5 % errors (before 0.5 %)');
  });

  it('tells nothing came from nothing failed, and claims nothing of an empty hour', () => {
    expect(sinceWords({ requests: 0, failed: 0 }, { requests: 1000, failed: 5 })).toBe('Since deploy: no request yet');
    expect(sinceWords({ requests: 3, failed: 0 }, { requests: 0, failed: 0 })).toBe('Since deploy: 3 requests, 0 % errors');
    expect(sinceWords({ requests: 3, failed: 0 }, undefined)).toBe('Since deploy: 3 requests, 0 % errors');
  });
});
