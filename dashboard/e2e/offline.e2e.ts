import { afterAll, beforeAll, expect, it } from 'vitest';

import { closeBrowser, open, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
  await deployExample(gateway, 'smart-route');
  await (await gateway.chat('dynamic/smart-route', { metadata: { user_id: 'user-anna' } })).text();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

const AWAY = "Can't reach the admin API. Traffic is not affected.";
const PATHS = ['', '/playground', '/routes', '/logs', '/analytics', '/providers', '/keys', '/settings'].map((path) => `/g/default${path}`);
/** A second, less what timers may be early. */
const SECOND_MS = 990;

/** When each address was asked, by the page's own clock: messages about it may come late and together. */
async function noteRequests({ page, context }: Watched): Promise<Map<string, number[]>> {
  const asked = new Map<string, number[]>();
  const session = await context.newCDPSession(page);
  session.on('Network.requestWillBeSent', ({ request: { method, url }, timestamp }) => {
    const key = `${method} ${url}`;
    asked.set(key, [...(asked.get(key) ?? []), timestamp * 1_000]);
  });
  await session.send('Network.enable');
  return asked;
}

it('ux-38 with the gateway stopped every screen says so, drafts are kept, nothing is asked more than once a second, and all recovers', async () => {
  const pages: Watched[] = [];
  for (const path of [...PATHS, '/audit']) {
    const one = await open(gateway, path);
    await one.page.locator('main h1').first().waitFor();
    pages.push(one);
  }
  const editor = await open(gateway, '/g/default/routes/smart-route');
  const { page } = editor;
  await page.getByTestId('node-large').click();
  await page.getByTestId('inspector').getByLabel('Retries', { exact: false }).first().waitFor();
  pages.push(editor);

  await gateway.stop();
  const asked = await Promise.all(pages.map(noteRequests));
  await page.getByTestId('inspector').getByLabel('Retries', { exact: false }).first().fill('4');
  for (const one of pages) await one.page.getByRole('alert').getByText(AWAY, { exact: false }).first().waitFor({ timeout: 60_000 });
  await page.getByText('Not saved: kept in this browser').first().waitFor();
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  const tooFast = asked.flatMap((each) => [...each]).filter(([, times]) => times.some((time, index) => index > 0 && time - times[index - 1]! < SECOND_MS));
  expect(tooFast).toEqual([]);
  expect(asked.every((each) => each.size > 0)).toBe(true);

  await gateway.start();
  for (const one of pages) await one.page.getByRole('alert').getByText(AWAY, { exact: false }).first().waitFor({ state: 'detached', timeout: 90_000 });
  // A route that came through the API has no draft before the first one is saved.
  type Draft = { document: { elements: { id: string; properties?: { retries?: number } }[] } };
  await eventually(
    () => (gateway.admin('GET', '/api/gateways/default/routes/smart-route/draft') as Promise<Draft>).catch(() => undefined),
    (draft) => draft?.document.elements.find(({ id }) => id === 'large')?.properties?.retries === 4,
    60_000,
  );
  for (const one of pages) await one.context.close();
});
