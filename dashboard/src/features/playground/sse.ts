/** Reads `text/event-stream` as the standard says: any line end, comments, several data lines, chunks cut anywhere. */

export interface ServerEvent {
  /** `message` where the stream names none. */
  name: string;
  data: string;
}

/** A stream event larger than this is not one that a person could read. */
const EVENT_CHARS_MAX = 4 * 1_048_576;

export class EventTooLarge extends Error {
  constructor() {
    super('One event of this stream is larger than 4 MB.');
    this.name = 'EventTooLarge';
  }
}

/** Takes text in pieces and gives events as they become whole. */
export class EventReader {
  private rest = '';
  private name = '';
  private data: string[] = [];
  private size = 0;
  /** The last piece ended with a carriage return: a line feed that follows belongs to it. */
  private afterReturn = false;

  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    if (text === '') return events;
    const piece = this.afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.afterReturn = piece.endsWith('\r');
    const lines = (this.rest + piece).split(/\r\n|\r|\n/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.line(line);
      if (event) events.push(event);
    }
    if (this.rest.length + this.size > EVENT_CHARS_MAX) throw new EventTooLarge();
    return events;
  }

  private line(line: string): ServerEvent | undefined {
    if (line === '') return this.whole();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (field === 'event') this.name = value;
    if (field === 'data') {
      this.data.push(value);
      this.size += value.length;
    }
    return undefined;
  }

  private whole(): ServerEvent | undefined {
    const { name, data } = this;
    this.name = '';
    this.data = [];
    this.size = 0;
    return data.length > 0 ? { name: name || 'message', data: data.join('\n') } : undefined;
  }
}

/** The events of a body, until it ends or is aborted. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const events = new EventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield* events.push(decoder.decode(value, { stream: true }));
    }
    yield* events.push(decoder.decode());
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
