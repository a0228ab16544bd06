import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { copyAs } from './copyAs';
import { extraBodyProblem, htmlIn, meantRoute, prepare } from './request';
import { fromUrl, initialState, metadataFrom, metadataOf, ownParts, shortEnough, toUrl, type PlaygroundState } from './state';

function full(): PlaygroundState {
  return {
    isComparing: true,
    targets: [
      { model: 'dynamic/smart-route', version: 'draft', userId: 'anna & <ben>', metadata: [{ key: 'plan', value: 'free' }, { key: 'seats', value: 3 }] },
      { model: 'mock/large', version: '', userId: '', metadata: [{ key: 'beta', value: true }] },
    ],
    system: 'Be brief.\n你好',
    turns: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ],
    prompt: "It's <img src=x onerror=alert(1)> $HOME `id`",
    extraBody: '{"tools": [], "top_k": 3}',
    options: { stream: false, temperature: 0, maxTokens: 800, timeoutMs: 3000 },
    cost: { isOn: true, tokenIn: 0.2, tokenOut: 0.000051 },
    repeat: 10,
  };
}

describe('the address of the Playground', () => {
  it('carries the whole state and gives it back', () => {
    expect(fromUrl(toUrl(full()))).toEqual(full());
    expect(fromUrl(toUrl(initialState()))).toEqual(initialState());
  });

  it('is empty for the first state, and never names a key', () => {
    expect(Object.values(toUrl(initialState())).filter(Boolean)).toEqual([]);
    expect(JSON.stringify(toUrl(full()))).not.toMatch(/authorization|bearer/i);
  });

  it('reads nonsense as the first state', () => {
    expect(fromUrl({ turns: '{', meta: '[', temperature: 'hot', cost_in: '-1', repeat: '7', stream: 'maybe' })).toEqual(initialState());
  });

  it('leaves long texts out rather than growing without bound', () => {
    const long = { ...full(), prompt: 'x'.repeat(9_000) };
    const { address, isCut } = shortEnough(toUrl(long));
    expect(isCut).toBe(true);
    expect(address.model).toBe('dynamic/smart-route');
    expect(address.prompt).toBeUndefined();
    expect(shortEnough(toUrl(full())).isCut).toBe(false);
  });

  it('compares only its own parts', () => {
    expect(ownParts({ model: 'a', tour: 'yes' })).toBe(ownParts({ model: 'a' }));
  });
});

describe('metadata', () => {
  it('has the user id in it, once', () => {
    const target = { model: '', version: '', userId: 'anna', metadata: [{ key: 'user_id', value: 'x' }, { key: '', value: 'y' }, { key: 'n', value: 1 }] };
    expect(metadataOf(target)).toEqual({ user_id: 'anna', n: 1 });
  });

  it('is read from JSON with types kept, and says what is nested', () => {
    expect(metadataFrom('{"user_id":"a","n":1,"b":false}')).toEqual({ userId: 'a', metadata: [{ key: 'n', value: 1 }, { key: 'b', value: false }] });
    expect(metadataFrom('{"user":{}}')).toContain('"user" is an object.');
    expect(metadataFrom('[]')).toContain('flat JSON object');
    expect(typeof metadataFrom('{')).toBe('string');
  });
});

describe('the request', () => {
  it('has system, turns and prompt in order, options and the additional body', () => {
    const state = full();
    const { body, headers } = prepare(state, state.targets[0]);
    expect(body).toEqual({
      model: 'dynamic/smart-route',
      messages: [
        { role: 'system', content: 'Be brief.\n你好' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: state.prompt },
      ],
      temperature: 0,
      max_tokens: 800,
      tools: [],
      top_k: 3,
    });
    expect(headers).toEqual({
      'cf-aig-metadata': '{"user_id":"anna & <ben>","plan":"free","seats":3}',
      'cf-aig-custom-cost': '{"per_token_in":0.2,"per_token_out":0.000051}',
      'cf-aig-request-timeout': '3000',
    });
  });

  it('writes metadata of every language in ASCII', () => {
    const state = initialState();
    const { headers } = prepare(state, { ...state.targets[0], userId: '你好🙂' });
    expect(headers['cf-aig-metadata']).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(headers['cf-aig-metadata']!)).toEqual({ user_id: '你好🙂' });
  });

  it('says what is wrong with the additional body', () => {
    expect(extraBodyProblem('')).toBeUndefined();
    expect(extraBodyProblem('{"a":1}')).toBeUndefined();
    expect(extraBodyProblem('[1]')).toContain('object');
    expect(extraBodyProblem('{')).toBeTruthy();
  });

  it('offers the route that a bare name means', () => {
    expect(meantRoute('smart-route', ['smart-route'])).toBe('dynamic/smart-route');
    expect(meantRoute('mock/large', ['mock/large'])).toBeUndefined();
    expect(meantRoute('other', ['smart-route'])).toBeUndefined();
  });

  it('finds a page in an answer', () => {
    expect(htmlIn('Here:\n```html\n<p>x</p>\n```')).toBe('<p>x</p>');
    expect(htmlIn('<!doctype html><title>x</title>')).toContain('<title>');
    expect(htmlIn('a < b and `<img>`')).toBeUndefined();
  });
});

describe('copy as', () => {
  const state = full();
  const source = { ...prepare(state, state.targets[0]), origin: 'http://127.0.0.1:8787', account: 'default', gateway: 'default' };

  it('ux-30 curl has no key, and a prompt cannot leave its quotes', () => {
    const text = copyAs('curl', source);
    expect(text).toContain('"Authorization: Bearer $GATEWAY_API_KEY"');
    expect(text).toContain("'http://127.0.0.1:8787/v1/default/default/compat/chat/completions'");
    expect(text).toContain(`It'\\''s <img`);
    const words = execFileSync('sh', ['-c', text.replace(/^curl/, `printf '%s\\0'`)], { env: { GATEWAY_API_KEY: 'k', HOME: '/nowhere' } }).toString().split('\0');
    expect(words).toContain('Authorization: Bearer k');
    expect(words).toContain(`cf-aig-metadata: ${source.headers['cf-aig-metadata']}`);
    expect(JSON.parse(words[words.indexOf('-d') + 1]!)).toEqual(source.body);
  });

  it.each(['python', 'javascript'] as const)('%s reads the key from the environment', (kind) => {
    const text = copyAs(kind, source);
    expect(text).toContain('GATEWAY_API_KEY');
    expect(text).toContain('cf-aig-metadata');
    expect(text).not.toMatch(/wp_|wpa_/);
  });

  it('python writes its own words for true, false and null', () => {
    const text = copyAs('python', { ...source, body: { model: 'x', messages: [], stream: true, stop: null, top_k: false } });
    expect(text).toContain('stream=True,');
    expect(text).toContain('stop=None,');
    expect(text).toContain('"top_k": False,');
  });

  it('escapes what would turn the reading direction or steer a terminal', () => {
    const text = copyAs('curl', { ...source, body: { model: 'x', messages: [{ role: 'user', content: '\u001b[31m \u202e \u009b' }] } });
    expect(text).toContain('\\u001b[31m \\u202e \\u009b');
  });
});
