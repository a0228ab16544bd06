/** Messages as people read them, out of bodies of every format that the gateway speaks. Whatever cannot be read stays raw. */
import { EventReader, type ServerEvent } from '@/features/playground/sse';

export interface Message {
  role: string;
  /** Plain text, whatever it looks like. */
  text: string;
  /** Tools that it calls, with their arguments. */
  calls: { name: string; input: string }[];
  /** Parts that are no text: `image_url`, `input_audio`. */
  others: string[];
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isEventStream(text: string, contentType: string | null | undefined): boolean {
  return contentType?.includes('text/event-stream') ?? /^(event|data|id|retry|:)/.test(text);
}

/** The events of a stored stream, and of one that was cut. */
export function eventsOf(text: string): ServerEvent[] {
  const reader = new EventReader();
  return [...reader.push(text), ...reader.push('\n\n')];
}

export function messagesOfRequest(text: string): Message[] {
  const body = readJson(text);
  // A universal request is a list of steps; each has its own body.
  if (Array.isArray(body)) return body.flatMap((step) => (isObject(step) && isObject(step.query) ? messagesOfBody(step.query) : []));
  return isObject(body) ? messagesOfBody(body) : [];
}

function messagesOfBody(body: Json): Message[] {
  const system = body.system ?? body.instructions ?? body.systemInstruction ?? body.system_instruction;
  const list = Array.isArray(body.messages) ? body.messages : Array.isArray(body.contents) ? body.contents : Array.isArray(body.input) ? body.input : undefined;
  const messages = (list ?? []).filter(isObject).map((item) => messageOf(item));
  if (system !== undefined && system !== null) messages.unshift(messageOf({ role: 'system', content: isObject(system) ? (system.parts ?? system) : system }));
  const prompt = list ? undefined : (body.prompt ?? body.input);
  if (typeof prompt === 'string') messages.push(plain('user', prompt));
  return messages;
}

export function messagesOfResponse(text: string, contentType?: string | null): Message[] {
  if (isEventStream(text, contentType)) return messagesOfEvents(eventsOf(text));
  const body = readJson(text);
  if (!isObject(body)) return [];
  if (Array.isArray(body.choices)) return body.choices.filter(isObject).map((choice) => messageOf(isObject(choice.message) ? choice.message : { role: 'assistant', content: choice.text }));
  if (Array.isArray(body.candidates)) return body.candidates.filter(isObject).map((candidate) => messageOf({ role: 'model', ...(isObject(candidate.content) ? candidate.content : {}) }));
  if (Array.isArray(body.content)) return [messageOf({ role: 'assistant', content: body.content })];
  if (isObject(body.result) && typeof body.result.response === 'string') return [plain('assistant', body.result.response)];
  return [];
}

/** What a stream says when its pieces are put together. */
function messagesOfEvents(events: readonly ServerEvent[]): Message[] {
  const message = plain('assistant', '');
  const calls: { name: string; input: string }[] = [];
  let wasRead = false;
  for (const { data } of events) {
    const event = readJson(data);
    if (!isObject(event)) continue;
    const choice = Array.isArray(event.choices) && isObject(event.choices[0]) ? event.choices[0] : undefined;
    const delta = isObject(choice?.delta) ? choice.delta : isObject(event.delta) ? event.delta : undefined;
    const parts = Array.isArray(event.candidates) && isObject(event.candidates[0]) && isObject(event.candidates[0].content) ? event.candidates[0].content.parts : undefined;
    const piece = delta?.content ?? delta?.text ?? event.response;
    if (choice || delta || parts) wasRead = true;
    if (typeof piece === 'string') message.text += piece;
    if (Array.isArray(parts)) message.text += parts.filter(isObject).map((part) => (typeof part.text === 'string' ? part.text : '')).join('');
    for (const call of Array.isArray(delta?.tool_calls) ? delta.tool_calls.filter(isObject) : []) {
      const at = typeof call.index === 'number' ? call.index : calls.length;
      const known = (calls[at] ??= { name: '', input: '' });
      if (isObject(call.function)) {
        known.name += typeof call.function.name === 'string' ? call.function.name : '';
        known.input += typeof call.function.arguments === 'string' ? call.function.arguments : '';
      }
    }
  }
  return wasRead ? [{ ...message, calls: calls.filter(Boolean) }] : [];
}

function plain(role: string, text: string): Message {
  return { role, text, calls: [], others: [] };
}

function messageOf(item: Json): Message {
  const message = plain(typeof item.role === 'string' ? item.role : 'user', '');
  const content = item.content ?? item.parts;
  if (typeof content === 'string') message.text = content;
  else if (Array.isArray(content)) {
    for (const part of content) {
      if (typeof part === 'string') message.text += part;
      else if (isObject(part)) addPart(message, part);
    }
  }
  for (const call of Array.isArray(item.tool_calls) ? item.tool_calls.filter(isObject) : []) {
    const of = isObject(call.function) ? call.function : call;
    message.calls.push({ name: String(of.name ?? ''), input: typeof of.arguments === 'string' ? of.arguments : JSON.stringify(of.arguments ?? {}) });
  }
  return message;
}

function addPart(message: Message, part: Json): void {
  const join = (text: string) => {
    message.text += message.text === '' ? text : `\n${text}`;
  };
  if (typeof part.text === 'string') join(part.text);
  else if (part.type === 'tool_use' || isObject(part.functionCall)) {
    const call = isObject(part.functionCall) ? part.functionCall : part;
    message.calls.push({ name: String(call.name ?? ''), input: JSON.stringify(call.input ?? call.args ?? {}) });
  } else if (part.type === 'tool_result') join(typeof part.content === 'string' ? part.content : JSON.stringify(part.content ?? ''));
  else message.others.push(typeof part.type === 'string' ? part.type : (Object.keys(part)[0] ?? 'part'));
}
