/** A logged request, taken over into the Playground. */
import { messagesOfRequest, readJson } from '@/features/logs/details/messages';
import { logQuery, payload } from '@/features/logs/queries';
import type { LogDetail } from '@/features/logs/row';
import type { QueryClient } from '@tanstack/react-query';

import { initialState, type MetadataEntry, type PlaygroundState } from './state';

export interface Replayed {
  state: PlaygroundState;
  /** The prompt was not stored. */
  isPartial: boolean;
}

export async function replay(client: QueryClient, gateway: string, id: string): Promise<Replayed> {
  const log = await client.fetchQuery(logQuery(gateway, id));
  const body = log.waypost.has_request ? await payload(gateway, id, 'request') : null;
  return replayed(log, body?.text ?? null);
}

/** Members of a body that have their own place on the screen; all others go into the additional body. */
const PLACED = new Set(['model', 'messages', 'stream', 'temperature', 'max_tokens']);

export function replayed(log: Pick<LogDetail, 'metadata' | 'waypost' | 'provider' | 'model'>, text: string | null): Replayed {
  const state = initialState();
  const json = text === null ? undefined : readJson(text);
  const body = typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : {};
  const { pinned_metadata: pinned, added_metadata: added, requested_model: requested, stream } = log.waypost;
  const sent = Object.entries(log.metadata ?? {}).filter(([key]) => !pinned.includes(key) && !Object.hasOwn(added, key));
  const metadata = sent.filter(([key]) => key !== 'user_id').map(([key, value]): MetadataEntry => ({ key, value }));
  const user = sent.find(([key]) => key === 'user_id')?.[1];
  const messages = text === null ? [] : messagesOfRequest(text);
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer');
  const said = messages.filter(({ role }) => role !== 'system' && role !== 'developer');
  const last = said.at(-1);
  const rest = Object.fromEntries(Object.entries(body).filter(([name]) => !PLACED.has(name)));
  // Tools, pictures and the like have no place in turns: then the messages are taken over as they are.
  const isPlain = said.every(({ calls, others, role }) => calls.length === 0 && others.length === 0 && role !== 'tool');
  const extra = isPlain ? rest : { ...rest, messages: body.messages };
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  return {
    isPartial: text === null,
    state: {
      ...state,
      targets: [
        { model: requested || (log.provider === 'unknown' ? '' : `${log.provider}/${log.model}`), version: '', userId: user === undefined ? '' : String(user), metadata },
        state.targets[1],
      ],
      system: isPlain ? system.map((message) => message.text).join('\n\n') : '',
      turns: isPlain ? said.slice(0, -1).map(({ role, text: content }) => ({ role: role === 'user' ? ('user' as const) : ('assistant' as const), content })) : [],
      prompt: isPlain ? (last?.text ?? '') : '',
      extraBody: Object.keys(extra).length > 0 ? JSON.stringify(extra, null, 2) : '',
      options: { ...state.options, stream, temperature: number(body.temperature), maxTokens: number(body.max_tokens) },
    },
  };
}
