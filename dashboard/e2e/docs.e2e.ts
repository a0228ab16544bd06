/** Errors are explained where they are met, without a network. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { closeBrowser, loaded, open, seriousFindings, type Watched } from './browser';
import { eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;
let watched: Watched | undefined;

beforeAll(async () => {
  gateway = await startGateway();
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

it('an error in the Playground and in its log leads to its own explanation', async () => {
  watched = await open(gateway, '/g/default/playground?model=dynamic/nowhere');
  const { page, context } = watched;
  await page.getByLabel('Prompt', { exact: true }).fill('Hello');
  await page.getByRole('button', { name: 'Send' }).click();
  const opened = context.waitForEvent('page');
  await page.getByTestId('answer-error').getByRole('link', { name: 'What this means' }).click();
  const doc = await opened;
  const row = doc.getByRole('row', { name: /^route_not_found/ });
  await row.waitFor();
  await eventually(() => row.getAttribute('data-marked'), (mark) => mark === 'true');
  await eventually(() => row.evaluate((element) => element === document.activeElement), (isFocused) => isFocused);
  expect(watched.foreign).toEqual([]);

  const rows = await eventually(() => gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/logs') as Promise<{ id: string }[]>, (list) => list.length === 1);
  await page.goto(`${gateway.url}/g/default/logs/${rows[0]!.id}`);
  const link = page.getByRole('link', { name: 'What this means' });
  await link.waitFor();
  expect(await link.getAttribute('href')).toBe('/docs/errors#route_not_found');
});

it.each(['light', 'dark'] as const)('the page of errors has no serious finding and fits narrow screens, %s', async (colorScheme) => {
  watched = await open(gateway, '/docs/errors#7409', { colorScheme, viewport: { width: 320, height: 720 } });
  const { page } = watched;
  await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor();
  await loaded(page);
  await page.locator('[data-marked]').waitFor();
  expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth - document.querySelector('main')!.clientWidth)).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);
  await page.goto(`${gateway.url}/docs/errors#invalid_request_error`);
  await page.getByText(/not one of the gateway's own errors/).waitFor();
});
