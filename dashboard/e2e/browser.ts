/** Chromium from Debian, and pages that note whatever a page must not do. */
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

import { ADMIN_TOKEN, type Gateway } from './gateway';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Browser work is slower where two cores also run the gateway. */
export const PATIENCE_MS = 15_000;

let shared: Promise<Browser> | undefined;

export function browser(): Promise<Browser> {
  shared ??= chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  return shared;
}

export async function closeBrowser(): Promise<void> {
  await (await shared)?.close();
  shared = undefined;
}

export interface Watched {
  page: Page;
  context: BrowserContext;
  /** Requests to another origin (UX-02). */
  foreign: string[];
  /** Errors of scripts, and violations of the page's own policy. */
  errors: string[];
  /** Paths of the management API that were asked, with their method. */
  calls: string[];
}

export interface OpenOptions extends BrowserContextOptions {
  /** Nobody is signed in. */
  isSignedOut?: boolean;
}

/** A page of its own, signed in as administrator. */
export async function open(gateway: Gateway, path: string, { isSignedOut = false, ...options }: OpenOptions = {}): Promise<Watched> {
  const context = await (await browser()).newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  if (!isSignedOut) {
    const signedIn = await context.request.post(`${gateway.url}/api/session`, { data: { token: ADMIN_TOKEN }, headers: { origin: gateway.url } });
    if (!signedIn.ok()) throw new Error(`signing in: ${signedIn.status()} ${await signedIn.text()}`);
  }
  const page = await context.newPage();
  const watched = watch(gateway, context, page);
  await page.goto(gateway.url + path);
  return watched;
}

/** Notes what this page does. */
export function watch(gateway: Gateway, context: BrowserContext, page: Page): Watched {
  const watched: Watched = { page, context, foreign: [], errors: [], calls: [] };
  page.on('request', (request) => {
    const address = new URL(request.url());
    if (address.protocol.startsWith('http') && address.origin !== gateway.url) watched.foreign.push(request.url());
    if (/^\/(api|client)\//.test(address.pathname)) watched.calls.push(`${request.method()} ${address.pathname}`);
  });
  page.on('pageerror', (error) => watched.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Trusted ?Type/i.test(message.text())) watched.errors.push(message.text());
  });
  return watched;
}

/** Every violation that axe calls serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const { readFileSync } = await import('node:fs');
  const { createRequire } = await import('node:module');
  const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Run by the debugger, so that the page's policy against foreign scripts does not stop the check.
  await page.evaluate(source);
  const results = (await page.evaluate(() => (window as any).axe.run(document, { resultTypes: ['violations'] }))) as {
    violations: { id: string; impact: string; nodes: { target: string[]; failureSummary?: string }[] }[];
  };
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`.slice(0, 300)));
}
