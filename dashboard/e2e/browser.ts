/** Chromium from Debian, and pages that note whatever a page must not do. */
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';

import { ADMIN_TOKEN, eventually, type Gateway, PATIENCE_MS } from './gateway';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** The first start unpacks a new profile. */
const LAUNCH_MS = 120_000;

let shared: Promise<Browser> | undefined;

export function browser(): Promise<Browser> {
  shared ??= chromium.launch({
    executablePath: CHROMIUM,
    timeout: LAUNCH_MS,
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

/** Nothing of the page, its panels and dialogs is still being loaded. */
export async function loaded(page: Page): Promise<void> {
  await page.locator('main > *').first().waitFor({ state: 'attached' });
  await page.locator('[class*="skeleton"]').first().waitFor({ state: 'detached' });
}

/** What fades or slides in stands still, so that colours and places are the last ones. */
export async function still(page: Page): Promise<void> {
  const running = () => page.evaluate(() => document.getAnimations().filter((each) => each.playState === 'running' && each.effect?.getComputedTiming().endTime !== Infinity).length);
  await eventually(running, (count) => count === 0);
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where something stands on the screen once it has come to rest: a canvas is fitted anew while panels open beside it. */
export async function placed(element: Locator): Promise<Box> {
  let last = await element.boundingBox();
  for (;;) {
    await element.page().waitForTimeout(250);
    const now = await element.boundingBox();
    if (now !== null && JSON.stringify(now) === JSON.stringify(last)) return now;
    last = now;
  }
}

/** Every violation that axe calls serious or critical. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await still(page);
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
