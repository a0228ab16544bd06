import { describe, expect, it } from 'vitest';

import { EventReader, EventTooLarge, serverEvents, type ServerEvent } from './sse';

function read(...pieces: string[]): ServerEvent[] {
  const reader = new EventReader();
  return pieces.flatMap((piece) => reader.push(piece));
}

const TWO: ServerEvent[] = [
  { name: 'message', data: '{"a":1}' },
  { name: 'message', data: '[DONE]' },
];

describe('the event stream', () => {
  it.each([
    ['line feeds', 'data: {"a":1}\n\ndata: [DONE]\n\n'],
    ['carriage returns', 'data: {"a":1}\r\rdata: [DONE]\r\r'],
    ['both', 'data: {"a":1}\r\n\r\ndata: [DONE]\r\n\r\n'],
  ])('is read with %s, cut at every place', (_, text) => {
    expect(read(text)).toEqual(TWO);
    for (let cut = 1; cut < text.length; cut += 1) expect(read(text.slice(0, cut), text.slice(cut))).toEqual(TWO);
    expect(read(...text)).toEqual(TWO);
  });

  it('joins data lines, keeps names, skips comments, unknown fields and empty events', () => {
    expect(read(': hello\n\nevent: ping\nid: 7\nretry: 1\ndata: a\ndata:b\ndata\n\nevent: lonely\n\ndata:x\n\n')).toEqual([
      { name: 'ping', data: 'a\nb\n' },
      { name: 'message', data: 'x' },
    ]);
  });

  it('does not give an event that never ended', () => {
    expect(read('data: half')).toEqual([]);
  });

  it('gives up on an event without end', () => {
    const reader = new EventReader();
    const piece = 'x'.repeat(1_048_576);
    reader.push('data: ');
    expect(() => {
      for (let count = 0; count < 5; count += 1) reader.push(piece);
    }).toThrow(EventTooLarge);
  });

  it('puts characters together whose bytes were cut', async () => {
    const bytes = new TextEncoder().encode('data: 你好 🙂\n\n');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const events: ServerEvent[] = [];
    for await (const event of serverEvents(body)) events.push(event);
    expect(events).toEqual([{ name: 'message', data: '你好 🙂' }]);
  });

  it('tells the source when its reader leaves', async () => {
    let wasCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\ndata: 2\n\n')),
      cancel: () => {
        wasCancelled = true;
      },
    });
    for await (const event of serverEvents(body)) {
      expect(event.data).toBe('1');
      break;
    }
    expect(wasCancelled).toBe(true);
  });
});
