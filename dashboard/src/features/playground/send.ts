/** One call through the gateway's own engine, read as it comes. */
import { sessionHeaders } from '@/api/client';
import { playgroundText as words } from '@/text/playground';

import { errorOf, readError, type GatewayError } from './gateway-error';
import type { PreparedRequest } from './request';
import { serverEvents } from './sse';

/** What the answer's headers say before its text comes. */
export interface Served {
  status: number;
  logId: string | undefined;
  provider: string | undefined;
  model: string | undefined;
  route: string | undefined;
  trail: string | undefined;
  cost: number | undefined;
  budgetRemaining: number | undefined;
}

export interface Call extends PreparedRequest {
  gateway: string;
  /** `draft` or a number: another version than the live one. */
  version: string;
}

export interface Listener {
  onServed: (served: Served) => void;
  /** A piece of the answer's text. */
  onText: (piece: string) => void;
}

/** Ends when the answer does: with its error, or with nothing. Aborting throws an `AbortError`. */
export async function send(call: Call, signal: AbortSignal, { onServed, onText }: Listener): Promise<GatewayError | undefined> {
  const headers = {
    'content-type': 'application/json',
    ...call.headers,
    ...sessionHeaders(),
    ...(call.version === '' ? {} : { 'waypost-version': call.version }),
  };
  let response: Response;
  try {
    response = await fetch(`/api/gateways/${encodeURIComponent(call.gateway)}/playground/chat/completions`, {
      method: 'POST',
      credentials: 'same-origin',
      headers,
      body: JSON.stringify(call.body),
      signal,
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    return { status: 0, type: undefined, message: words.error.unreachable, requestId: undefined, retryAfter: undefined };
  }
  onServed(servedOf(response));
  if (!response.ok) {
    const error = await errorOf(response);
    return { ...error, message: error.message || words.error.badAnswer(response.status) };
  }
  if (response.headers.get('content-type')?.includes('text/event-stream') && response.body) return readStream(response, signal, onText);
  const raw = await response.text();
  onText(textOf(parsed(raw)) ?? raw);
  return undefined;
}

async function readStream(response: Response, signal: AbortSignal, onText: (piece: string) => void): Promise<GatewayError | undefined> {
  const requestId = response.headers.get('cf-aig-log-id') ?? undefined;
  try {
    for await (const { data } of serverEvents(response.body!)) {
      if (data === '[DONE]') return undefined;
      const event = parsed(data);
      if (typeof event === 'object' && event !== null && 'error' in event) {
        const said = readError(event);
        return { ...said, status: response.status, message: said.message ?? data, requestId: said.requestId ?? requestId, retryAfter: undefined };
      }
      const piece = deltaOf(event);
      if (piece) onText(piece);
    }
  } catch (cause) {
    if (signal.aborted) throw cause;
    return { status: response.status, type: 'stream_interrupted', message: cause instanceof Error ? cause.message : String(cause), requestId, retryAfter: undefined, isOurs: true };
  }
  return undefined;
}

function servedOf({ status, headers }: Response): Served {
  const text = (name: string) => headers.get(name) ?? undefined;
  const amount = (name: string) => (headers.has(name) ? Number(headers.get(name)) : undefined);
  return {
    status,
    logId: text('cf-aig-log-id'),
    provider: text('cf-aig-provider'),
    model: text('cf-aig-model'),
    route: text('waypost-route'),
    trail: text('waypost-trail'),
    cost: amount('waypost-cost-usd'),
    budgetRemaining: amount('waypost-budget-remaining-usd'),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Chunk {
  choices?: { delta?: { content?: string | null; tool_calls?: ToolCall[] }; message?: { content?: string | null; tool_calls?: ToolCall[] } }[];
}

interface ToolCall {
  function?: { name?: string; arguments?: string };
}

function deltaOf(event: unknown): string | undefined {
  const delta = (event as Chunk | undefined)?.choices?.[0]?.delta;
  return delta?.content ?? callsOf(delta?.tool_calls);
}

function textOf(body: unknown): string | undefined {
  const message = (body as Chunk | undefined)?.choices?.[0]?.message;
  return message ? [message.content, callsOf(message.tool_calls)].filter(Boolean).join('\n') : undefined;
}

/** A tool that the model calls is a part of its answer too. */
function callsOf(calls: ToolCall[] | undefined): string | undefined {
  return calls?.map(({ function: of }) => `${of?.name ? `${of.name} ` : ''}${of?.arguments ?? ''}`).join('\n');
}
