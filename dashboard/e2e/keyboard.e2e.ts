/** Every menu and dialog is opened, used and left without a pointer, and the focus is then where it was. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';

import { closeBrowser, loaded, open, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;
let watched: Watched | undefined;

beforeAll(async () => {
  gateway = await startGateway();
  await gateway.admin('POST', '/client/v4/accounts/default/ai-gateway/gateways', { id: 'second', cache_invalidate_on_update: false, cache_ttl: 0, collect_logs: true, rate_limiting_interval: 0, rate_limiting_limit: 0 });
  await deployExample(gateway, 'smart-route');
  await (await gateway.chat('dynamic/smart-route', { metadata: { user_id: 'user-anna' } })).text();
  await eventually(() => gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/logs') as Promise<unknown[]>, (rows) => rows.length === 1);
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

async function show(path: string): Promise<Page> {
  watched = await open(gateway, path);
  const { page } = watched;
  await page.waitForFunction(() => window.__ready);
  await loaded(page);
  return page;
}

/** Tab alone reaches it. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  await control.waitFor();
  for (let pressed = 0; pressed < 120; pressed += 1) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${control}`);
}

const isFocused = (control: Locator) => eventually(() => control.evaluate((element) => element === document.activeElement), (focused) => focused);
const holdsFocus = (part: Locator) => eventually(() => part.evaluate((element) => element.contains(document.activeElement)), (holds) => holds);

const button = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first();

it.each([
  ['gateways', '/g/default', button(/^Choose a gateway/)],
  ['colour scheme', '/g/default', button('Colour scheme')],
  ['notifications', '/g/default', button(/^Notifications/)],
  ['account', '/g/default', button(/^Account/)],
  ['time range', '/g/default', button(/^Time range/)],
  ['a route', '/g/default/routes', button('Actions for smart-route')],
  ['views of Logs', '/g/default/logs', button('Views')],
  ['a key', '/g/default/keys', button(/^Actions for/)],
  ['copy as', '/g/default/playground', button('Copy as')],
])('the menu of %s opens, is walked and closes by keyboard', async (_name, path, find) => {
  const page = await show(path);
  const opener = find(page);
  await tabTo(page, opener);
  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu');
  await menu.waitFor();
  await holdsFocus(menu);
  if ((await menu.getByRole('menuitem').count()) > 0) {
    await page.keyboard.press('ArrowDown');
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('role')), (role) => role === 'menuitem');
  }
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'hidden' });
  await isFocused(opener);
});

it.each([
  ['new route', '/g/default/routes', button('New route')],
  ['new key', '/g/default/keys', button('New key')],
  ['custom provider', '/g/default/providers', button('Custom provider')],
  ['a provider', '/g/default/providers', button('Connect OpenAI')],
  ['a price', '/g/default/providers?tab=prices&q=gpt-4o-mini', button(/^Set the price of/)],
  ['help', '/g/default', button('Help and keyboard shortcuts')],
])('the dialog of %s takes the focus, keeps it, and gives it back', async (_name, path, find) => {
  const page = await show(path);
  const opener = find(page);
  await opener.waitFor();
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await holdsFocus(dialog);
  // Once around, and still inside.
  for (let pressed = 0; pressed < 30; pressed += 1) await page.keyboard.press('Tab');
  await holdsFocus(dialog);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await isFocused(opener);
});

it('a question about something that cannot be undone begins at Cancel and ends at what asked it', async () => {
  const page = await show('/g/default/routes');
  const opener = page.getByRole('button', { name: 'Actions for smart-route' });
  await tabTo(page, opener);
  await page.keyboard.press('Enter');
  await page.keyboard.press('End');
  await page.getByRole('menuitem', { name: 'Delete…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: /Delete the route/ });
  await isFocused(dialog.getByRole('button', { name: 'Cancel' }));
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await isFocused(opener);
  expect((await gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/routes')).length).toBe(1);
});

it('search opens by its keys wherever one is, leads on, and gives the focus back when it is left', async () => {
  const page = await show('/g/default/keys');
  const opener = page.getByRole('button', { name: 'New key' });
  await opener.focus();
  await page.keyboard.press('Control+k');
  const field = page.getByPlaceholder('Search or jump to');
  await field.waitFor();
  await isFocused(field);
  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'hidden' });
  await isFocused(opener);
  await page.keyboard.press('Control+k');
  await field.fill('smart');
  // The names of routes come after the field does.
  await page.getByText('dynamic/smart-route').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByTestId('node-start').waitFor();
});

it('the skip link leads past the navigation, and a new page is begun at its content', async () => {
  const page = await show('/g/default');
  await page.keyboard.press('Tab');
  await isFocused(page.getByRole('link', { name: 'Skip to content' }));
  await page.keyboard.press('Enter');
  await isFocused(page.locator('#main'));
  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await page.waitForURL('**/g/default/keys');
  await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
  await isFocused(page.locator('#main'));
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
});
