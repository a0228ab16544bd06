import { describe, expect, it } from 'vitest';

import type { Measures } from '@/features/analytics/types';

import { changeOf, pointsOf } from './change';
import { pair, successOf, tilesOf } from './tiles';

function measures(change: Partial<Measures> = {}): Measures {
  return {
    requests: 0, answered: 0, limited: 0, failed: 0, interrupted: 0, rescued_retry: 0, rescued_fallback: 0, redirected: 0, attempts: 0,
    tokens_in: 0, tokens_out: 0, tokens_cache_read: 0, cost_usd: 0, cost_custom_usd: 0, requests_without_price: 0, cached: 0,
    simulated_requests: 0, simulated_cost_usd: 0, duration_ms: null, first_token_ms: null, ...change,
  };
}

const tile = (name: string, now: Measures, before?: Measures) => tilesOf(now, before).find((one) => one.name === name)!;

describe('change against the period before', () => {
  it.each([
    [108.2, 100, { direction: 'up', text: '8.2 %' }],
    [50, 100, { direction: 'down', text: '50 %' }],
    [350, 100, { direction: 'up', text: '250 %' }],
    [100, 100, { direction: 'same', text: '0 %' }],
  ])('from %d and %d', (now, before, change) => {
    expect(changeOf(now, before)).toEqual(change);
  });

  it('is not known where there was nothing', () => {
    expect(changeOf(5, 0)).toBeNull();
    expect(changeOf(null, 4)).toBeNull();
    expect(changeOf(4, undefined)).toBeNull();
  });

  it('of shares is in points', () => {
    expect(pointsOf(0.997, 0.995)).toEqual({ direction: 'up', text: '0.20 points' });
    expect(pointsOf(0.5, 0.6)).toEqual({ direction: 'down', text: '10.0 points' });
    expect(pointsOf(null, 0.6)).toBeNull();
  });
});

describe('tiles', () => {
  it('leave limited requests out of the success rate', () => {
    const now = measures({ requests: 110, answered: 95, limited: 10, failed: 5 });
    expect(successOf(now)).toBe(0.95);
    expect(tile('success', now)).toMatchObject({ value: '95 %', note: '5 missed, limited left out' });
    expect(tile('success', measures({ requests: 3, limited: 3 })).value).toBe('–');
  });

  it('never round a failure away', () => {
    expect(tile('success', measures({ requests: 1_000_000, answered: 999_999, failed: 1 })).value).toBe('99.99 %');
  });

  it('keep simulated money apart', () => {
    const mixed = measures({ requests: 10, cost_usd: 5, simulated_cost_usd: 3, simulated_requests: 4 });
    expect(tile('cost', mixed)).toMatchObject({ value: '$2.00', note: '$3.00 sim left out' });
    const all = measures({ requests: 10, cost_usd: 3, simulated_cost_usd: 3, simulated_requests: 10 });
    expect(tile('cost', all)).toMatchObject({ value: '$3.00', isSimulated: true });
  });

  it('do not show a latency that nobody measured', () => {
    expect(tile('latency', measures({ requests: 1, failed: 1 })).value).toBe('–');
    expect(pair(1_210, 4_860)).toBe('1.21 / 4.86 s');
    expect(pair(120, 352.4)).toBe('120 / 352 ms');
  });
});
