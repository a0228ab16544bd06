import { describe, expect, it } from 'vitest';

import { curlOf } from './curl';
import { eventsOf, messagesOfRequest, messagesOfResponse } from './messages';

const hostile = '<img src=x onerror=alert(1)></script> ![x](http://evil.test/a.png) \u001b[31m \u202e';

describe('messages of a request', () => {
  it('ux-34 are the text that was sent, letter by letter', () => {
    const body = JSON.stringify({ model: 'x', messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: hostile }] });
    expect(messagesOfRequest(body).map(({ role, text }) => [role, text])).toEqual([
      ['system', 'Be brief.'],
      ['user', hostile],
    ]);
  });

  it('are read from parts, tools and images', () => {
    const body = JSON.stringify({
      system: [{ type: 'text', text: 'S' }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'A' }, { type: 'image_url', image_url: {} }, { type: 'text', text: 'B' }] },
        { role: 'assistant', content: null, tool_calls: [{ function: { name: 'look', arguments: '{"a":1}' } }] },
      ],
    });
    expect(messagesOfRequest(body)).toEqual([
      { role: 'system', text: 'S', calls: [], others: [] },
      { role: 'user', text: 'A\nB', calls: [], others: ['image_url'] },
      { role: 'assistant', text: '', calls: [{ name: 'look', input: '{"a":1}' }], others: [] },
    ]);
  });

  it('are read from Gemini and universal requests; nonsense has none', () => {
    expect(messagesOfRequest('{"contents":[{"role":"user","parts":[{"text":"G"}]}],"systemInstruction":{"parts":[{"text":"S"}]}}').map(({ text }) => text)).toEqual(['S', 'G']);
    expect(messagesOfRequest('[{"provider":"openai","query":{"messages":[{"role":"user","content":"U"}]}}]').map(({ text }) => text)).toEqual(['U']);
    for (const body of ['', 'null', '[1]', '{"messages":[1,null]}', '{"messages":"hi"}']) expect(messagesOfRequest(body)).toEqual([]);
  });
});

describe('messages of a response', () => {
  it('are read from whole answers', () => {
    expect(messagesOfResponse('{"choices":[{"message":{"role":"assistant","content":"Hi"}}]}')[0]!.text).toBe('Hi');
    expect(messagesOfResponse('{"content":[{"type":"text","text":"Hi"}]}')[0]!.text).toBe('Hi');
    expect(messagesOfResponse('{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}')[0]!.text).toBe('Hi');
    expect(messagesOfResponse('{"error":{"message":"no"}}')).toEqual([]);
  });

  it('are put together from streams, cut ones too', () => {
    const stream = 'data: {"choices":[{"delta":{"content":"He"}}]}\n\ndata: {"choices":[{"delta":{"content":"llo"}}]}\n\ndata: [DONE]\n\n';
    expect(messagesOfResponse(stream, 'text/event-stream')[0]!.text).toBe('Hello');
    const anthropic = 'event: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"Hi"}}\n\n';
    expect(messagesOfResponse(anthropic, 'text/event-stream')[0]!.text).toBe('Hi');
    expect(eventsOf(stream.slice(0, -3))).toHaveLength(3);
  });
});

describe('copy curl of a log', () => {
  it('ux-30 has no key, and leaves out what the caller did not send', () => {
    const waypost = { stream: true, pinned_metadata: ['plan'], added_metadata: { note: 'x' } };
    const text = curlOf({ path: '/v1/default/default/compat/chat/completions', metadata: { user_id: "o'neil", plan: 'free', note: 'x' }, request_content_type: 'application/json', waypost, event_id: null } as never, '{"a":1}', 'http://127.0.0.1:8787');
    expect(text).toContain('Bearer $GATEWAY_API_KEY');
    expect(text).toContain(`cf-aig-metadata: {"user_id":"o'\\''neil"}`);
    expect(text).not.toContain('free');
  });
});
