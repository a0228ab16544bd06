/** A gateway of its own for a test: the real binary, a free port, an empty data directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = process.env.WAYPOST_BIN ?? join(import.meta.dirname, '../../target/debug/waypost');
/** How long anything may take before it counts as failed: nothing is said by it, so it is generous. */
export const PATIENCE_MS = 30_000;
const READY_MS = 60_000;
/** A gateway that does not end by itself is ended. */
const END_MS = 15_000;
const PORTS_TRIED_MAX = 5;

export const ADMIN_TOKEN = `wpa_${'a'.repeat(43)}`;
export const API_KEY = `wp_${'k'.repeat(43)}`;

export interface Gateway {
  url: string;
  /** What was printed so far. */
  output: () => string;
  /** Stops it; the data stay for {@link Gateway.start}. */
  stop: () => Promise<void>;
  /** Starts it again on the same address and data. */
  start: () => Promise<void>;
  /** Stops it and removes its data. */
  end: () => Promise<void>;
  /** A call to the management API as administrator. */
  admin: (method: string, path: string, body?: unknown) => Promise<any>;
  /** A chat call as an application would make it. */
  chat: (model: string, options?: ChatOptions) => Promise<Response>;
}

export interface ChatOptions {
  metadata?: Record<string, unknown>;
  headers?: Record<string, string>;
  content?: string;
  body?: Record<string, unknown>;
  /** In place of the administrator's own key. */
  key?: string;
}

export interface GatewayOptions {
  /** Without the fixed administrator's token: the first start then prints a setup link. */
  isNew?: boolean;
  env?: Record<string, string>;
}

export async function startGateway({ isNew = false, env = {} }: GatewayOptions = {}): Promise<Gateway> {
  const data = mkdtempSync(join(tmpdir(), 'waypost-e2e-'));
  let port = await freePort();
  let child: ChildProcess | undefined;
  let printed = '';

  const start = async () => {
    const fixed: Record<string, string> = isNew ? {} : { WAYPOST_ADMIN_TOKEN: ADMIN_TOKEN, WAYPOST_API_KEY: API_KEY };
    child = spawn(BIN, ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', data], { env: { PATH: process.env.PATH, ...fixed, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => (printed += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await ready(`http://127.0.0.1:${port}`, child, () => printed);
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    const impatience = setTimeout(() => running.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(impatience);
  };
  // Between finding a free port and listening on it, it may be taken for a connection that goes out.
  for (let tried = 1; ; tried += 1) {
    const failure = await start().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (failure === undefined) break;
    await stop();
    if (tried === PORTS_TRIED_MAX || !/in use/i.test(printed)) throw failure;
    printed = '';
    port = await freePort();
  }
  const url = `http://127.0.0.1:${port}`;

  const admin: Gateway['admin'] = async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { success: boolean; result: unknown };
    if (!answer.success) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer.result;
  };
  return {
    url,
    output: () => printed,
    start,
    stop,
    end: async () => {
      await stop();
      rmSync(data, { recursive: true, force: true });
    },
    admin,
    chat: (model, { metadata, headers = {}, content = 'Hello', body = {}, key = API_KEY } = {}) =>
      fetch(`${url}/v1/default/default/compat/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          ...(metadata ? { 'cf-aig-metadata': asciiJson(metadata) } : {}),
          ...headers,
        },
        body: JSON.stringify({ model, messages: [{ role: 'user', content }], ...body }),
      }),
  };
}

/** JSON that fits in a header: whatever is not ASCII is escaped. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function ready(url: string, child: ChildProcess, printed: () => string): Promise<void> {
  const until = Date.now() + READY_MS;
  while (Date.now() < until && child.exitCode === null) {
    const isReady = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The gateway did not become ready: ${printed()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

/** The documents of `examples/routes`, created and live. */
export async function deployExample(gateway: Gateway, name: string): Promise<void> {
  const { readFileSync } = await import('node:fs');
  const document = JSON.parse(readFileSync(join(import.meta.dirname, `../../examples/routes/${name}.json`), 'utf8')) as object;
  await gateway.admin('POST', '/client/v4/accounts/default/ai-gateway/gateways/default/routes', document);
}

const CLEAR_MS = 60_000;

/** Counters begin anew where a window of the clock ends, at midnight for instance: waits until that is not about to happen. */
export async function clearOf(windowSeconds: number): Promise<void> {
  const windowMs = windowSeconds * 1_000;
  const leftMs = windowMs - (Date.now() % windowMs);
  if (leftMs < CLEAR_MS) await new Promise((resolve) => setTimeout(resolve, leftMs));
}

/** Waits until something holds; its last value, or why there was none, otherwise stands in the failure. */
export async function eventually<T>(read: () => Promise<T> | T, holds: (value: T) => boolean, withinMs = PATIENCE_MS): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    let last: string;
    try {
      const value = await read();
      if (holds(value)) return value;
      last = JSON.stringify(value);
    } catch (cause) {
      last = String(cause);
    }
    if (Date.now() > until) throw new Error(`It did not come to hold within ${withinMs} ms: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
