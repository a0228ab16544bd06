import { describe, expect, it } from 'vitest';

import { replayed } from './replay';

const log = {
  provider: 'mock',
  model: 'small',
  metadata: { user_id: 'anna', plan: 'free', seats: 3, note: 'later' },
  waypost: { requested_model: 'dynamic/smart-route', stream: true, pinned_metadata: ['plan'], added_metadata: { note: 'later' } },
} as never;

describe('replaying a log', () => {
  it('takes over what the caller sent, and nothing that was pinned or added', () => {
    const body = JSON.stringify({ model: 'dynamic/smart-route', stream: true, temperature: 0.5, max_tokens: 800, top_p: 0.9, messages: [{ role: 'system', content: 'S' }, { role: 'user', content: 'A' }, { role: 'assistant', content: 'B' }, { role: 'user', content: 'C' }] });
    const { state, isPartial } = replayed(log, body);
    expect(isPartial).toBe(false);
    expect(state.targets[0]).toEqual({ model: 'dynamic/smart-route', version: '', userId: 'anna', metadata: [{ key: 'seats', value: 3 }] });
    expect(state).toMatchObject({ system: 'S', prompt: 'C', turns: [{ role: 'user', content: 'A' }, { role: 'assistant', content: 'B' }], options: { stream: true, temperature: 0.5, maxTokens: 800 } });
    expect(JSON.parse(state.extraBody)).toEqual({ top_p: 0.9 });
    expect(state.cost.isOn).toBe(false);
  });

  it('keeps messages that have no place in turns', () => {
    const messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }];
    const { state } = replayed(log, JSON.stringify({ model: 'x', messages }));
    expect(JSON.parse(state.extraBody)).toEqual({ messages });
    expect(state.prompt).toBe('');
  });

  it('says when the prompt was not stored', () => {
    expect(replayed(log, null)).toMatchObject({ isPartial: true, state: { prompt: '' } });
  });
});
