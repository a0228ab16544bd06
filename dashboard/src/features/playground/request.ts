/** The call that a Playground state describes: body and control headers, as every client would send them. */
import { metadataOf, type PlaygroundState, type Target } from './state';

export interface PreparedRequest {
  body: Record<string, unknown>;
  headers: Record<string, string>;
}

/** What is wrong with the additional body; undefined when nothing is. */
export function extraBodyProblem(text: string): string | undefined {
  const read = extraBody(text);
  return typeof read === 'string' ? read : undefined;
}

export function prepare(state: PlaygroundState, target: Target): PreparedRequest {
  const { options } = state;
  const extra = extraBody(state.extraBody);
  const messages = [
    ...(state.system.trim() === '' ? [] : [{ role: 'system', content: state.system }]),
    ...state.turns,
    ...(state.prompt === '' ? [] : [{ role: 'user', content: state.prompt }]),
  ];
  return {
    body: {
      model: target.model,
      messages,
      ...(options.stream ? { stream: true } : {}),
      ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
      ...(options.maxTokens === undefined ? {} : { max_tokens: options.maxTokens }),
      ...(typeof extra === 'string' ? {} : extra),
    },
    headers: controlHeaders(state, target),
  };
}

export function controlHeaders(state: PlaygroundState, target: Target): Record<string, string> {
  const metadata = metadataOf(target);
  const { options, cost } = state;
  return {
    ...(Object.keys(metadata).length > 0 ? { 'cf-aig-metadata': ascii(JSON.stringify(metadata)) } : {}),
    ...(cost.isOn ? { 'cf-aig-custom-cost': JSON.stringify({ per_token_in: cost.tokenIn, per_token_out: cost.tokenOut }) } : {}),
    ...(options.timeoutMs === undefined ? {} : { 'cf-aig-request-timeout': String(options.timeoutMs) }),
  };
}

/** Headers are ASCII; JSON can say every other character with its number. */
export function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function extraBody(text: string): Record<string, unknown> | string {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'The additional body must be a JSON object.';
    return value as Record<string, unknown>;
  } catch (error) {
    return error instanceof Error ? error.message : 'Not valid JSON.';
  }
}

/** `smart-route` where a route has this name: what was meant is `dynamic/smart-route`. */
export function meantRoute(model: string, routes: readonly string[]): string | undefined {
  const name = model.trim();
  if (name === '' || name.includes('/')) return undefined;
  return routes.includes(name) ? `dynamic/${name}` : undefined;
}

/** The answer looks like a page that can be previewed. */
export function htmlIn(text: string): string | undefined {
  const fenced = /```html\s*\n([\s\S]*?)```/i.exec(text)?.[1];
  const page = fenced ?? text;
  return /<!doctype html|<html[\s>]|<body[\s>]/i.test(page) || (fenced !== undefined && /<[a-z]/i.test(page)) ? page.trim() : undefined;
}
