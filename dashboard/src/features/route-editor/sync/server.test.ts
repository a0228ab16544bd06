import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { example } from '../model/testing';

const asked: { method: string; path: string; body: string; type: string | null }[] = [];
let answers: { status: number; body: unknown }[] = [];

beforeEach(() => {
  asked.length = 0;
  vi.resetModules();
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push({ method: request.method, path: new URL(request.url).pathname, body: await request.text(), type: request.headers.get('content-type') });
    const { status, body } = answers.shift() ?? { status: 200, body: { success: true, result: {} } };
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  });
  vi.stubGlobal('Request', class extends Request {
    constructor(input: string | Request, init?: RequestInit) {
      super(typeof input === 'string' ? new URL(input, 'http://gateway.test').href : input, init);
    }
  });
});
afterEach(() => vi.unstubAllGlobals());

const server = async () => (await import('./server')).draftServer('default', 'route-1', 'smart-route');
const refused = (status: number) => ({ status, body: { success: false, errors: [{ code: 7409, message: 'No.' }] } });

describe('draft server', () => {
  it('sends text to the validator as it was typed', async () => {
    const text = '{"outputs": {"50%": 1, "50%": 2}}';
    await (await server()).judge(text);
    expect(asked).toEqual([{ method: 'POST', path: '/api/gateways/default/routes/validate', body: text, type: 'application/json' }]);
  });

  it('has no draft where there is none, and says when somebody else stored one', async () => {
    answers = [refused(404), refused(409)];
    const drafts = await server();
    expect(await drafts.read()).toBeNull();
    await expect(drafts.write({ elements: [] }, 3)).rejects.toThrow((await import('./server')).ChangedMeanwhile);
    expect(JSON.parse(asked[1]!.body)).toEqual({ document: { elements: [] }, revision: 3 });
  });

  it('copies under the first free name, and a flow that no version may hold into the draft alone', async () => {
    const route = { status: 200, body: { success: true, result: { id: 'route-2' } } };
    answers = [refused(409), refused(400), route, { status: 200, body: { success: true, result: {} } }];
    const document = example('simple');
    expect(await (await server()).copy(document, { elements: document.elements })).toBe('smart-route-copy-2');
    expect(asked.map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`)).toEqual(['POST default/routes', 'POST default/routes', 'POST default/routes', 'PUT route-2/draft']);
    expect(JSON.parse(asked[2]!.body)).toMatchObject({ name: 'smart-route-copy-2', deploy: false });
  });
});
