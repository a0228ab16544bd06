/** What the first screen costs: how much JavaScript, and how long until somebody can use it. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { browser, closeBrowser, open, type Watched } from './browser';
import { type Gateway, startGateway } from './gateway';
import { within } from './pace';

const INITIAL_JS_BYTES_MAX = 250_000;
const INTERACTIVE_MS_MAX = 1_500;

let gateway: Gateway;
let watched: Watched | undefined;

beforeAll(async () => {
  gateway = await startGateway();
  const answer = await gateway.chat('mock/small');
  await answer.text();
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

/** Scripts that the page asked for up to half a second after its first view was complete; what comes later is fetched ahead. */
async function scripts(page: Page): Promise<string[]> {
  await page.waitForFunction(() => window.__ready);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  // By the page's own clock: what looks at it may be late.
  return page.evaluate(() => {
    const [ready] = performance.getEntriesByName('waypost-ready');
    return performance
      .getEntriesByType('resource')
      .filter(({ name, startTime }) => name.endsWith('.js') && startTime < ready!.startTime + 500)
      .map(({ name }) => name);
  });
}

/** Bytes on the wire. Files that are too small to be compressed are sent as they are. */
async function sentBytes(url: string): Promise<number> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
  expect(response.status).toBe(200);
  return Number(response.headers.get('content-length'));
}

it.each([
  ['Overview', '/g/default', false],
  ['sign-in', '/sign-in', true],
])('the first screen loads at most 250 kB of JavaScript, compressed: %s', async (_name, path, isSignedOut) => {
  watched = await open(gateway, path, { isSignedOut });
  const urls = await scripts(watched.page);
  const sizes = await Promise.all(urls.map(sentBytes));
  expect(urls.length).toBeGreaterThan(5);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(INITIAL_JS_BYTES_MAX);
});

it('the first screen loads neither the editor nor the code of dialogs, notices and search', async () => {
  watched = await open(gateway, '/g/default');
  const { page } = watched;
  const urls = await scripts(page);
  expect(urls.filter((url) => /RouteEditor|JsonView|\/Search-|dialogs-host|notices-host|Playground|Logs-/.test(url))).toEqual([]);
  // They are there before anybody misses them, also when the server is not.
  await page.waitForFunction(() => ['/Search-', 'dialogs-host', 'notices-host'].every((name) => performance.getEntriesByType('resource').some((entry) => entry.name.includes(name))));
  await gateway.stop();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Search or jump to').waitFor();
  await gateway.start();
});

it('the first screen can be used within 1.5 s', async () => {
  // The browser itself is started before the clock.
  await (await browser()).newContext().then((context) => context.close());
  watched = await open(gateway, '/sign-in');
  const { page } = watched;
  await page.waitForFunction(() => window.__ready);
  await within(INTERACTIVE_MS_MAX, async () => {
    await page.goto(`${gateway.url}/g/default`, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.__ready);
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).waitFor();
  });
});
