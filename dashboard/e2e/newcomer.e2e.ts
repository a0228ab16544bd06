/** What somebody meets who opens the dashboard for the first time, and what made such people stop. */
import { readFileSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { closeBrowser, loaded, open, watch, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;
let watched: Watched | undefined;

beforeAll(async () => {
  gateway = await startGateway();
  await deployExample(gateway, 'smart-route');
  for (const user of ['user-admin', 'user-anna']) await (await gateway.chat('dynamic/smart-route', { metadata: { user_id: user } })).text();
  await eventually(() => gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/logs') as Promise<unknown[]>, (rows) => rows.length === 2);
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

async function show(path: string, options = {}): Promise<Page> {
  watched = await open(gateway, path, options);
  await loaded(watched.page);
  return watched.page;
}

/** Somebody with a token of this role. */
async function showAs(role: 'viewer' | 'editor', path: string): Promise<Page> {
  const { token } = await gateway.admin('POST', '/api/tokens', { label: `a-${role}`, role });
  watched = await open(gateway, '/sign-in', { isSignedOut: true });
  const { context } = watched;
  const signedIn = await context.request.post(`${gateway.url}/api/session`, { data: { token }, headers: { origin: gateway.url } });
  expect(signedIn.status()).toBe(200);
  const page = await context.newPage();
  watched = watch(gateway, context, page);
  await page.goto(gateway.url + path);
  await loaded(page);
  return page;
}

/** Parts of the page that are wider than their frame, though nothing says that they scroll on purpose. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main, main *')]
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX) && !element.matches('pre, [role="tablist"], textarea'))
      .map((element) => `${element.tagName} ${element.className} ${element.scrollWidth} > ${element.clientWidth}`),
  );
}

it('a click anywhere in a row of Logs opens it, on its values as well', async () => {
  const page = await show('/g/default/logs');
  await page.locator('tbody').getByText('user-admin').click();
  await page.getByRole('tab', { name: 'Overview' }).waitFor();
  expect(new URL(page.url()).searchParams.get('log')).toMatch(/^01/);
  // The buttons of a value still mean the value.
  await page.getByRole('button', { name: 'Close' }).first().click();
  await page.locator('tbody').getByText('user-admin').hover();
  await page.locator('tbody').getByRole('button', { name: /user-admin/ }).first().click();
  await page.getByRole('menuitem', { name: 'Filter by this' }).waitFor();
  expect(new URL(page.url()).searchParams.get('log')).toBeNull();
});

it('what a viewer may not do is off, and says why', async () => {
  const page = await showAs('viewer', '/g/default/settings');
  await page.getByRole('note').getByText('signed in as viewer').waitFor();
  expect(await page.getByLabel('Require an API key').isDisabled()).toBe(true);
  expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Base URL' }).click();
  for (const path of ['/playground', '/providers', '/keys', '/routes?new=smart-route']) {
    await page.goto(`${gateway.url}/g/default${path}`);
    await page.getByRole('note').getByText('signed in as viewer').waitFor();
    await loaded(page);
    expect([path, await page.getByRole('dialog').count()]).toEqual([path, 0]);
  }
  await page.goto(`${gateway.url}/g/default`);
  await loaded(page);
  expect(await page.getByRole('heading', { name: 'Get started' }).count()).toBe(0);
});

it('the audit names what was changed, leads there, and reaches its oldest entry', async () => {
  for (let number = 1; number <= 60; number += 1) {
    await gateway.admin('PUT', '/api/prices', { provider: 'openai', model: 'gpt-4o', input_per_million: number, output_per_million: number });
  }
  const page = await show('/audit');
  await page.getByRole('table', { name: 'Audit' }).waitFor();
  expect(await page.getByRole('link', { name: 'smart-route' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Show more' }).click();
  const route = page.getByRole('row', { name: /created route/ }).getByRole('link', { name: 'smart-route' });
  await route.waitFor();

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export NDJSON' }).click();
  const lines = readFileSync((await (await saved).path())!, 'utf8').trim().split('\n');
  expect(lines.length).toBeGreaterThan(60);

  await page.getByLabel('Find a person, a kind or an id').fill('route');
  await page.getByRole('row', { name: /updated price/ }).first().waitFor({ state: 'detached' });
  await route.click();
  await page.getByTestId('node-start').waitFor();
  expect(new URL(page.url()).pathname).toBe('/g/default/routes/smart-route');
});

it('a gateway that does not exist is said once', async () => {
  const page = await show('/g/nowhere');
  await page.getByText('There is no gateway named nowhere').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  await page.getByRole('link', { name: 'Go to Overview' }).click();
  await page.waitForURL('**/g/default');
});

it('the first call is one of the route that is live, and what is copied holds no dots in place of a key', async () => {
  const page = await show('/g/default', { permissions: ['clipboard-read', 'clipboard-write'] });
  const box = page.getByRole('region', { name: 'Call it from anywhere' });
  await box.getByText('dynamic/smart-route').waitFor();
  await box.getByRole('button', { name: 'Copy', exact: true }).click();
  const copied = await eventually(() => page.evaluate(() => navigator.clipboard.readText()), (text) => text.startsWith('curl http'));
  expect(copied).not.toContain('…');
});

it('models of a template are chosen as in the inspector, with their prices, and windows in hours', async () => {
  const page = await show('/g/default/routes?new=rate-limited');
  const dialog = page.getByRole('dialog', { name: 'New route' });
  await dialog.getByLabel('Name', { exact: true }).fill('from-template');
  const over = dialog.getByRole('group', { name: 'Model over the limit' });
  await over.getByLabel('Provider').first().click();
  await page.getByRole('option', { name: 'OpenAI', exact: true }).click();
  await over.getByLabel('Model', { exact: true }).fill('gpt-4o-mini');
  const offer = page.getByRole('option').filter({ has: page.getByText('gpt-4o-mini', { exact: true }) });
  await offer.waitFor();
  expect(await offer.textContent()).toMatch(/\$[\d.]+ in \/ \$[\d.]+ out/);
  await offer.click();
  const window = dialog.getByRole('group', { name: 'Per', exact: true });
  expect(await window.getByLabel('Unit of the window').first().inputValue()).toBe('hour');
  await window.getByLabel('Window', { exact: true }).fill('2');
  // What creates it is in view, whatever stands above.
  const create = dialog.getByRole('button', { name: 'Create route' });
  const box = (await create.boundingBox())!;
  expect(box.y + box.height).toBeLessThanOrEqual(page.viewportSize()!.height);
  await create.click();
  await page.getByTestId('node-start').waitFor();
  const { document } = await gateway.admin('GET', '/api/gateways/default/routes/from-template/draft');
  const of = (id: string) => document.elements.find((element: { id: string }) => element.id === id).properties;
  expect([of('cheaper').provider, of('cheaper').model, of('limit').window]).toEqual(['openai', 'gpt-4o-mini', 7200]);
});

it('hints of the tour stand beside an open panel and go while a dialog is open', async () => {
  const page = await show('/g/default/routes/smart-route');
  await page.evaluate(() => localStorage.setItem('waypost-tour', JSON.stringify({ isOpen: true, step: 2 })));
  await page.reload();
  const hint = page.getByTestId('tour-hint');
  await hint.waitFor();
  await page.getByRole('button', { name: 'Simulate' }).click();
  const panel = page.locator('#main aside');
  await panel.waitFor();
  await eventually(async () => [(await hint.boundingBox())!, (await panel.boundingBox())!] as const, ([one, other]) => one.x + one.width <= other.x);
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await hint.waitFor({ state: 'detached' });
});

it.each([360, 700])('ux-40 no table needs sideways scrolling at %i px', async (width) => {
  const page = await show('/g/default/routes', { viewport: { width, height: 800 } });
  for (const path of ['/g/default/routes', '/g/default/keys', '/g/default/providers', '/g/default/providers?tab=prices', '/g/default/settings', '/audit', '/g/default']) {
    await page.goto(gateway.url + path);
    await loaded(page);
    expect([path, await tooWide(page)]).toEqual([path, []]);
  }
});
