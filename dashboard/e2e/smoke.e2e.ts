import { afterAll, beforeAll, expect, it } from 'vitest';

import { closeBrowser, open } from './browser';
import { deployExample, type Gateway, startGateway } from './gateway';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
  await deployExample(gateway, 'smart-route');
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

const PAGES = ['', '/playground', '/routes', '/routes/smart-route', '/logs', '/analytics', '/providers', '/providers?tab=prices', '/keys', '/settings'].map((path) => `/g/default${path}`);

it.each([...PAGES, '/audit'])('ux-02 %s asks nothing of another origin and runs without an error', async (path) => {
  const { page, context, foreign, errors } = await open(gateway, path);
  await page.locator('main h1, main [data-testid="node-start"]').first().waitFor();
  await page.waitForTimeout(500);
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
  await context.close();
});
