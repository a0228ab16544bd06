import { afterEach, describe, expect, it, vi } from 'vitest';

import { readError } from './gateway-error';
import { addResult } from './repeat';
import { send, type Call, type Served } from './send';

const call: Call = { gateway: 'default', version: '', headers: { 'cf-aig-metadata': '{}' }, body: { model: 'mock/small', stream: true } };
const HEADERS = { 'content-type': 'text/event-stream', 'cf-aig-log-id': '01X', 'cf-aig-provider': 'mock', 'cf-aig-model': 'small' };

function chunk(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
}

async function run(answer: Response, signal = new AbortController().signal) {
  const fetched = vi.fn((...asked: [address: string, init: RequestInit]) => (asked.length > 0 ? Promise.resolve(answer) : Promise.reject(new Error('no address'))));
  vi.stubGlobal('fetch', fetched);
  let text = '';
  let served: Served | undefined;
  const error = await send(call, signal, { onServed: (said) => (served = said), onText: (piece) => (text += piece) });
  return { error, text, served, fetched };
}

afterEach(() => vi.unstubAllGlobals());

describe('sending', () => {
  it('reads a stream, and who served from its headers', async () => {
    const { error, text, served, fetched } = await run(new Response(`${chunk('He')}${chunk('llo')}data: [DONE]\n\n`, { headers: HEADERS }));
    expect(error).toBeUndefined();
    expect(text).toBe('Hello');
    expect(served).toMatchObject({ status: 200, logId: '01X', provider: 'mock', model: 'small', cost: undefined });
    expect(fetched.mock.calls[0]![0]).toBe('/api/gateways/default/playground/chat/completions');
    expect(JSON.stringify(fetched.mock.calls[0]![1].headers)).not.toMatch(/authorization/i);
  });

  it('keeps what came before an error within the stream', async () => {
    const { error, text } = await run(new Response(`${chunk('Half')}data: {"error":{"message":"The provider closed the connection after 1 tokens.","type":"stream_interrupted","code":9505}}\n\n`, { headers: HEADERS }));
    expect(text).toBe('Half');
    expect(error).toMatchObject({ type: 'stream_interrupted', message: 'The provider closed the connection after 1 tokens.', requestId: '01X' });
  });

  it('gives the words of a refusal, its id and when to come back', async () => {
    const body = JSON.stringify({ success: false, error: [{ code: 2003, message: 'Limit reached.' }], message: 'Limit reached.', type: 'rate_limited', request_id: '01Y' });
    const { error } = await run(new Response(body, { status: 429, headers: { 'retry-after': '214' } }));
    expect(error).toEqual({ status: 429, type: 'rate_limited', message: 'Limit reached.', requestId: '01Y', retryAfter: '214' });
  });

  it('tells an error of the gateway from one of a provider, and follows only addresses of the web', () => {
    expect(readError({ name: 'AiGatewayError', type: 'rate_limited', message: 'No.' }).isOurs).toBe(true);
    expect(readError({ error: { type: 'stream_interrupted', message: 'No.' } }).isOurs).toBe(true);
    const theirs = readError({ error: { type: 'invalid_request_error', message: 'No.', docs: 'https://example.com/errors' } });
    expect([theirs.isOurs, theirs.docs]).toEqual([undefined, 'https://example.com/errors']);
    expect(readError({ message: 'No.', docs: 'javascript:alert(1)' }).docs).toBeUndefined();
  });

  it('reads a whole answer', async () => {
    const { text, served } = await run(new Response('{"choices":[{"message":{"content":"Hi"}}]}', { headers: { 'waypost-cost-usd': '0.000051' } }));
    expect(text).toBe('Hi');
    expect(served?.cost).toBe(0.000051);
  });

  it('ux-29 a stop ends it, and is no error', async () => {
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        stream.enqueue(new TextEncoder().encode(chunk('He')));
        controller.signal.addEventListener('abort', () => stream.error(new DOMException('stopped', 'AbortError')));
      },
    });
    setTimeout(() => controller.abort(), 10);
    await expect(run(new Response(body, { headers: HEADERS }), controller.signal)).rejects.toThrow('stopped');
  });
});

describe('errors of every shape', () => {
  it.each([
    ['{"message":"a","type":"t"}', 'a'],
    ['{"error":{"message":"a","type":"t"}}', 'a'],
    ['{"error":[{"message":"a","type":"t"}]}', 'a'],
    ['{"errors":[{"message":"a","type":"t"}]}', 'a'],
    ['{"error":"a"}', 'a'],
    ['[]', undefined],
  ])('%s', (body, message) => {
    expect(readError(JSON.parse(body)).message).toBe(message);
  });
});

describe('repeating', () => {
  const served = (model: string, cost?: number): Served => ({ status: 200, logId: undefined, provider: 'mock', model, route: undefined, trail: undefined, cost, budgetRemaining: undefined });

  it('counts by model, and never takes an unknown cost for zero', () => {
    let lines = addResult([], served('large', 35), undefined);
    lines = addResult(lines, served('small', 9.6), undefined);
    lines = addResult(lines, served('small'), undefined);
    lines = addResult(lines, { ...served(''), provider: undefined, model: undefined }, { status: 429, type: 'rate_limited', message: '', requestId: undefined, retryAfter: undefined });
    expect(lines.map(({ model, requests, answered, limited, cost, withoutCost }) => [model, requests, answered, limited, cost, withoutCost])).toEqual([
      ['mock/large', 1, 1, 0, 35, 0],
      ['mock/small', 2, 2, 0, 9.6, 1],
      ['', 1, 0, 1, 0, 0],
    ]);
  });
});
