/** The configuration as a file: taken, looked at, imported. */
import { readFileSync } from 'node:fs';

import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { closeBrowser, loaded, open, seriousFindings, still, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;
let watched: Watched | undefined;

beforeEach(async () => {
  gateway = await startGateway();
  await deployExample(gateway, 'smart-route');
});

afterEach(async () => {
  await watched?.context.close();
  await gateway?.end();
});

afterAll(closeBrowser);

const ROUTES = '/client/v4/accounts/default/ai-gateway/gateways/default/routes';

async function settings(options = {}): Promise<Page> {
  watched = await open(gateway, '/g/default/settings', options);
  await loaded(watched.page);
  return watched.page;
}

/** The file that the button gives. */
async function exported(page: Page): Promise<any> {
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export configuration' }).click();
  return JSON.parse(readFileSync((await (await saved).path())!, 'utf8'));
}

async function choose(page: Page, file: unknown): Promise<void> {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  await page.locator('input[type="file"]').setInputFiles({ name: 'copy.json', mimeType: 'application/json', buffer: Buffer.from(text) });
}

it('an import says what will change, leaves out what is unticked, and does the rest at once', async () => {
  const page = await settings();
  const file = await exported(page);
  expect(file.format).toBe('waypost-configuration');
  file.settings.waypost.time_zone = 'Europe/Paris';
  file.settings.retry_max_attempts = 4;
  file.routes[0].elements.find((element: { type: string }) => element.type === 'model').properties.timeout = 12_000;
  file.routes.push({ ...file.routes[0], name: 'second' });
  await choose(page, file);
  const dialog = page.getByRole('dialog', { name: /Import copy.json/ });
  const part = (name: string) => dialog.getByRole('region', { name, exact: true });
  await part('Settings').getByText('waypost.time_zone').waitFor();
  await part('Settings').getByText('Europe/Paris').waitFor();
  await part('Route smart-route').getByText('New version. Goes live at once.').waitFor();
  await part('Route smart-route').getByText(/timeout/).waitFor();
  await part('Route second').getByText('New. Goes live at once.').waitFor();
  await dialog.getByText('4 changes in all').waitFor();
  expect((await gateway.admin('GET', ROUTES)).length).toBe(1);
  await still(page);
  expect(await seriousFindings(page)).toEqual([]);

  await part('Route second').getByRole('checkbox').uncheck();
  await dialog.getByText('3 changes in all').waitFor();
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await eventually(() => page.getByLabel('Time zone').first().inputValue(), (zone) => zone === 'Europe/Paris');
  const routes = await gateway.admin('GET', ROUTES);
  expect(routes.map((route: any) => [route.name, route.version.number])).toEqual([['smart-route', 2]]);
});

it('what is wrong is said with its place, and keeps everything from being imported', async () => {
  const page = await settings();
  const file = await exported(page);
  file.settings.waypost.time_zone = 'Europe/Atlantis';
  file.settings.retry_delay = 250;
  file.routes[0].elements.find((element: { type: string }) => element.type === 'model').properties.provider = 'nobody';
  await choose(page, file);
  const dialog = page.getByRole('dialog', { name: /Import copy.json/ });
  await dialog.getByText('settings.waypost.time_zone').waitFor();
  await dialog.getByText(/^routes\.0\.elements/).first().waitFor();
  expect(await dialog.getByRole('button', { name: 'Import', exact: true }).isDisabled()).toBe(true);
  await dialog.getByRole('checkbox', { name: 'Settings' }).uncheck();
  await dialog.getByRole('checkbox', { name: 'Route smart-route' }).uncheck();
  await dialog.getByText('Nothing would change.').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  // The focus is back where the file was chosen, and the same file can be chosen again.
  await choose(page, { format: 'terraform', version: 1 });
  await dialog.getByText(/This is no configuration of Waypost/).waitFor();
  await dialog.getByText('Nothing was imported.').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await choose(page, '{"format":');
  await page.getByText(/copy.json isn't valid JSON/).first().waitFor();
});

it('somebody else may change something while an import is looked at', async () => {
  const page = await settings();
  const file = await exported(page);
  file.settings.retry_delay = 250;
  await choose(page, file);
  const dialog = page.getByRole('dialog', { name: /Import copy.json/ });
  await dialog.getByText('1 change in all').waitFor();
  const path = '/client/v4/accounts/default/ai-gateway/gateways/default';
  const { id: _id, ...rest } = await gateway.admin('GET', path);
  await gateway.admin('PUT', path, { ...rest, retry_max_attempts: 2 });
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await dialog.getByText(/has changed since the file was checked/).waitFor();
  expect((await gateway.admin('GET', path)).retry_delay).toBeNull();
  // It was looked at again, and shows what would happen now.
  await dialog.getByText('2 changes in all').waitFor();
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect((await gateway.admin('GET', path)).retry_delay).toBe(250);
});
