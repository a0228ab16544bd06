/** Statements to their last word, where another file checks the part that is quick. */
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { closeBrowser, loaded, open, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;
let watched: Watched | undefined;

beforeEach(async () => {
  gateway = await startGateway({ env: { WAYPOST_PROVIDERS__OPENAI__BASE_URL: 'http://127.0.0.1:9' } });
});

afterEach(async () => {
  await watched?.context.close();
  await gateway?.end();
});

afterAll(closeBrowser);

const LOGS = '/client/v4/accounts/default/ai-gateway/gateways/default/logs';

interface Row {
  id: string;
  cost: number;
  tokens_in: number;
}

const stored = (count: number) => eventually(() => gateway.admin('GET', LOGS) as Promise<Row[]>, (rows) => rows.length === count);

it('ux-33 a cost of $0.000051 is shown as such in the tooltip of a chart, as in row, details and CSV', async () => {
  await (await gateway.chat('mock/small')).text();
  const [first] = await stored(1);
  // The same prompt has the same tokens: together they cost exactly this much.
  const price = 51_000_000 / first!.tokens_in;
  expect(Number.isInteger(price)).toBe(true);
  await gateway.admin('DELETE', `${LOGS}?limit=100`);
  await (await gateway.chat('mock/small', { headers: { 'cf-aig-custom-cost': JSON.stringify({ per_token_in: price / 1e12, per_token_out: 0 }) } })).text();
  const [row] = await stored(1);
  expect(row!.cost).toBe(0.000051);

  watched = await open(gateway, '/g/default/analytics');
  const { page } = watched;
  await loaded(page);
  const chart = page.getByRole('region', { name: 'Cost', exact: true }).or(page.locator('section').filter({ has: page.getByRole('heading', { name: 'Cost', exact: true }) })).first();
  await chart.locator('[tabindex="0"]').first().focus();
  await page.keyboard.press('End');
  await chart.getByText('$0.000051').nth(1).or(chart.locator('[class*="tooltip"]').getByText('$0.000051')).first().waitFor();
  expect(await chart.locator('[class*="tooltip"]').first().textContent()).toContain('$0.000051');

  await page.goto(`${gateway.url}/g/default/logs`);
  await page.getByRole('row').getByText('$0.000051').waitFor();
  await page.goto(`${gateway.url}/g/default/logs/${row!.id}?tab=cost`);
  await page.getByText('$0.000051').first().waitFor();
  const csv = await (await watched.context.request.get(`${gateway.url}/api/gateways/default/logs/export?format=csv`)).text();
  expect(csv).toContain(',0.000051,');
});

/** The tab goes to the background or comes to the front, as far as the page can tell. */
async function put(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((next) => {
    Object.defineProperty(document, 'visibilityState', { get: () => next, configurable: true });
    Object.defineProperty(document, 'hidden', { get: () => next === 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
}

it('ux-35 with live tail on, a tab that is hidden for 60 s asks for no list, and goes on when it is seen again', async () => {
  await (await gateway.chat('mock/small')).text();
  await stored(1);
  watched = await open(gateway, '/g/default/logs');
  const { page, calls } = watched;
  await page.clock.install();
  await page.goto(`${gateway.url}/g/default/logs?tail=on`);
  await loaded(page);
  const lists = () => calls.filter((call) => call.endsWith('/gateways/default/logs')).length;
  await eventually(lists, (count) => count > 0);
  const before = lists();
  await page.clock.runFor(10_000);
  await eventually(lists, (count) => count > before);

  await put(page, 'hidden');
  // What was under way comes to its end.
  await page.waitForTimeout(500);
  calls.length = 0;
  await page.clock.runFor(60_000);
  await page.waitForTimeout(500);
  expect(calls).toEqual([]);
  await put(page, 'visible');
  await page.clock.runFor(5_000);
  await eventually(lists, (count) => count > 0);
});

it('ux-37 a stored key is in no answer and on no page of any screen, but for its last four characters', async () => {
  const secret = `sk-proj-${'Zq7'.repeat(12)}WXYZ`;
  await gateway.admin('POST', '/client/v4/accounts/default/ai-gateway/gateways/default/provider_configs', { provider_slug: 'openai', alias: 'default', secret, default_config: true });
  const { key } = await gateway.admin('POST', '/api/keys', { label: 'app', gateway: 'default' });
  await deployExample(gateway, 'smart-route');
  await (await gateway.chat('dynamic/smart-route', { key, metadata: { user_id: 'user-anna' } })).text();
  await (await gateway.chat('openai/gpt-4o-mini', { key })).text();
  const rows = await stored(2);
  watched = await open(gateway, '/g/default');
  const { page } = watched;
  const read: { url: string; text: string }[] = [];
  await page.route(/\/(api|client)\//, async (route) => {
    try {
      const response = await route.fetch();
      read.push({ url: route.request().url(), text: await response.text() });
      await route.fulfill({ response });
    } catch {
      // The page went on before it was answered.
    }
  });
  // Neither whole nor most of it.
  const hidden = [secret.slice(0, -4).slice(-12), key.slice(12)];
  const screens = ['', '/playground', '/routes', '/routes/smart-route', '/logs', ...rows.map(({ id }) => `/logs/${id}`), ...['request', 'response', 'metadata'].map((tab) => `/logs/${rows[0]!.id}?tab=${tab}`), '/analytics', '/providers', '/providers?add=openai', '/keys', '/settings'];
  for (const path of [...screens.map((screen) => `/g/default${screen}`), '/audit']) {
    await page.goto(gateway.url + path);
    await page.waitForFunction(() => window.__ready);
    await loaded(page);
    const content = await page.content();
    expect([path, hidden.filter((part) => content.includes(part))]).toEqual([path, []]);
  }
  expect(read.length).toBeGreaterThan(30);
  expect(read.filter(({ text }) => hidden.some((part) => text.includes(part))).map(({ url }) => url)).toEqual([]);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

it('ux-40 at 400 % zoom no screen has to be scrolled in two directions, and the Playground and the List view are used', async () => {
  await deployExample(gateway, 'smart-route');
  await (await gateway.chat('dynamic/smart-route', { metadata: { user_id: 'user-anna' } })).text();
  const [row] = await stored(1);
  // What 400 % leaves of 1280 x 1024.
  watched = await open(gateway, '/g/default', { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 });
  const { page } = watched;
  const sideways = () =>
    page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('main, main *')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX))
        // Code keeps its lines, and a row of tabs is one line: they scroll on their own, in one direction.
        .filter((element) => !element.matches('pre, [role="tablist"], textarea, .cm-scroller'))
        .map((element) => `${element.tagName} ${element.className}`),
    );
  const screens = ['', '/playground', '/routes', '/routes/smart-route?view=list', '/logs', `/logs/${row!.id}`, '/analytics', '/providers', '/providers?tab=prices', '/keys', '/settings'];
  for (const path of [...screens.map((screen) => `/g/default${screen}`), '/audit', '/docs/errors']) {
    await page.goto(gateway.url + path);
    await page.waitForFunction(() => window.__ready);
    await loaded(page);
    expect([path, await sideways()]).toEqual([path, []]);
  }

  await page.goto(`${gateway.url}/g/default/playground?model=mock/small`);
  await page.getByLabel('Prompt', { exact: true }).fill('Hello');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('[data-phase="done"]').waitFor();
  await page.getByRole('link', { name: 'Open log' }).click();
  await page.getByRole('tab', { name: 'Overview' }).waitFor();
  await page.goto(`${gateway.url}/g/default/routes?new=smart-route`);
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('zoomed');
  await page.getByRole('button', { name: 'Create route' }).click();
  await page.waitForURL('**/routes/zoomed*');
});
