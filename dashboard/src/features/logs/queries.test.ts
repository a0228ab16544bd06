import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

let statuses: number[] = [];
let asked = 0;
let logQuery: typeof import('./queries').logQuery;

beforeEach(async () => {
  asked = 0;
  vi.resetModules();
  vi.stubGlobal('fetch', async () => {
    const status = statuses[Math.min(asked, statuses.length - 1)];
    asked += 1;
    const body = status === 200 ? { success: true, result: { id: 'log-1' } } : { success: false, errors: [{ code: 7001, message: 'No.' }] };
    return new Response(JSON.stringify(body), { status: status ?? 500, headers: { 'content-type': 'application/json' } });
  });
  vi.stubGlobal('Request', class extends Request {
    constructor(input: string | Request, init?: RequestInit) {
      super(typeof input === 'string' ? new URL(input, 'http://gateway.test').href : input, init);
    }
  });
  ({ logQuery } = await import('./queries'));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const log = () => new QueryClient().fetchQuery(logQuery('default', 'log-1'));

describe('the row of one request', () => {
  it('is waited for where its answer has only just ended', async () => {
    statuses = [404, 404, 200];
    const found = log();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await found).toEqual({ id: 'log-1' });
    expect(asked).toBe(3);
  });

  it('is missing where it does not come', async () => {
    statuses = [404];
    const found = log().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await found).toMatchObject({ status: 404 });
  });
});
