/** A gateway of its own for a test: the real binary, a free port, an empty data directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = process.env.WAYPOST_BIN ?? join(import.meta.dirname, '../../target/debug/waypost');
const READY_MS = 30_000;

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
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const data = mkdtempSync(join(tmpdir(), 'waypost-e2e-'));
  let child: ChildProcess | undefined;
  let printed = '';

  const start = async () => {
    const fixed: Record<string, string> = isNew ? {} : { WAYPOST_ADMIN_TOKEN: ADMIN_TOKEN, WAYPOST_API_KEY: API_KEY };
    child = spawn(BIN, ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', data], { env: { PATH: process.env.PATH, ...fixed, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => (printed += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await ready(url, () => printed);
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  };
  await start();

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

async function ready(url: string, printed: () => string): Promise<void> {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
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

/** Waits until something holds; its last value otherwise stands in the failure. */
export async function eventually<T>(read: () => Promise<T> | T, holds: (value: T) => boolean, withinMs = 3_000): Promise<T> {
  const until = Date.now() + withinMs;
  let value = await read();
  while (!holds(value)) {
    if (Date.now() > until) throw new Error(`It did not come to hold within ${withinMs} ms: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    value = await read();
  }
  return value;
}
