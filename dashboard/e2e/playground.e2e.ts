import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { closeBrowser, open, type Watched } from './browser';
import { API_KEY, deployExample, eventually, type Gateway, startGateway } from './gateway';
import { within } from './pace';
import { type EndlessProvider, startEndlessProvider } from './provider';

let gateway: Gateway;
let provider: EndlessProvider;
let watched: Watched | undefined;

beforeAll(async () => {
  provider = await startEndlessProvider();
  gateway = await startGateway({ env: { WAYPOST_PROVIDERS__OPENAI__BASE_URL: provider.url } });
  await gateway.admin('POST', '/client/v4/accounts/default/ai-gateway/gateways/default/provider_configs', { provider_slug: 'openai', alias: 'default', secret: 'sk-endless' });
  await deployExample(gateway, 'smart-route');
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
  await provider?.end();
});

const PLAYGROUND = '/g/default/playground?model=dynamic/smart-route';

/** Sends what stands in the form and waits for the end of the answer: who served it, or nothing after a refusal. */
async function send({ page }: Watched): Promise<string> {
  const answered = page.waitForResponse((response) => response.url().includes('/playground/'));
  await page.getByLabel('Prompt', { exact: true }).press('Control+Enter');
  await answered;
  await page.locator('[data-phase="done"], [data-phase="failed"]').first().waitFor();
  return (await page.getByTestId('served-by').allTextContents())[0] ?? '';
}

async function asUser({ page }: Watched, id: string): Promise<void> {
  await page.getByLabel('User ID').first().fill(id);
}

it('ux-27 user-anna is served by small, user-admin by large', async () => {
  watched = await open(gateway, PLAYGROUND);
  await watched.page.getByLabel('Prompt', { exact: true }).fill('Hello');
  await asUser(watched, 'user-anna');
  expect(await send(watched)).toContain('mock/small');
  await asUser(watched, 'user-admin');
  expect(await send(watched)).toContain('mock/large');
});

it('ux-28 a custom cost uses the budget up: large, then small, all with status 200; the banner stays until it is turned off', async () => {
  watched = await open(gateway, PLAYGROUND);
  const { page } = watched;
  const banner = page.getByText('Custom cost is on. Requests are booked at these prices and count against budgets.');
  await page.getByLabel('Prompt', { exact: true }).fill('Hello');
  await asUser(watched, 'user-admin');
  await page.getByRole('switch', { name: 'Custom cost' }).check({ force: true });
  await page.getByLabel('Token in').fill('0.2');
  await page.getByLabel('Token out').fill('0.2');
  await banner.waitFor();
  const served: string[] = [];
  for (let sent = 0; sent < 3; sent += 1) served.push(await send(watched));
  expect(served[0]).toContain('mock/large');
  expect(served.at(-1)).toContain('mock/small');
  const rows = await eventually(
    () => gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/logs?filters=' + encodeURIComponent(JSON.stringify([{ key: 'custom_cost', operator: 'eq', value: [true] }]))) as Promise<{ status_code: number }[]>,
    (found) => found.length === 3,
  );
  expect(rows.map((row) => row.status_code)).toEqual([200, 200, 200]);
  expect(await banner.isVisible()).toBe(true);
  await page.getByRole('button', { name: 'Turn off' }).click();
  await banner.waitFor({ state: 'hidden' });
});

it('ux-29 Stop ends within a second, keeps the text, and the log says Interrupted with the tokens so far', async () => {
  watched = await open(gateway, '/g/default/playground?model=openai/gpt-4.1-mini');
  const { page } = watched;
  await page.getByRole('button', { name: 'Long answer' }).click();
  await page.getByLabel('Prompt', { exact: true }).press('Control+Enter');
  await page.locator('[data-phase="streaming"]').waitFor();
  const answer = page.getByTestId('answer-text').first();
  await eventually(async () => ((await answer.textContent()) ?? '').length, (length) => length > 20);
  await within(1_000, async () => {
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByTestId('interrupted').first().waitFor();
  });
  expect(((await answer.textContent()) ?? '').length).toBeGreaterThan(20);
  await page.getByRole('link', { name: 'Open log' }).first().click();
  await page.getByText(/Interrupted|left before the end/i).first().waitFor();
});

it('ux-30 "Copy as curl" holds no key and runs unchanged once GATEWAY_API_KEY is set', async () => {
  watched = await open(gateway, PLAYGROUND, { permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = watched;
  await page.getByLabel('Prompt', { exact: true }).fill(`It's "quoted" and $HOME stays $HOME`);
  await asUser(watched, 'user-anna');
  await page.getByRole('button', { name: 'Copy as' }).click();
  await page.getByRole('menuitem', { name: 'curl' }).click();
  const command = await eventually(() => page.evaluate(() => navigator.clipboard.readText()), (text) => text.includes('curl'));
  expect(command).not.toContain(API_KEY);
  expect(command).not.toMatch(/wp[a-z]?_[\w-]{20}/);
  const { execFileSync } = await import('node:child_process');
  const answer = execFileSync('bash', ['-c', command], { env: { PATH: process.env.PATH, GATEWAY_API_KEY: API_KEY }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(answer).toContain('mock/small');
});

it('a plain name of a route is offered as dynamic/…', async () => {
  watched = await open(gateway, '/g/default/playground?model=smart-route');
  await watched.page.getByLabel('Prompt', { exact: true }).fill('Hello');
  expect(await send(watched)).toBe('');
  await watched.page.getByRole('button', { name: 'Use dynamic/smart-route' }).first().click();
  expect(await send(watched)).toContain('mock/small');
});

it('comparing begins with the same route on both sides, for two users, also from an address', async () => {
  watched = await open(gateway, '/g/default/playground?mode=compare');
  const { page } = watched;
  await page.getByLabel('Prompt', { exact: true }).fill('Hello');
  await page.getByRole('button', { name: 'Send' }).click();
  await eventually(() => page.locator('[data-phase="done"]').count(), (answers) => answers === 2);
  expect(await page.getByLabel('User ID').evaluateAll((fields) => fields.flatMap((field) => (field instanceof HTMLInputElement ? [field.value] : [])))).toEqual(['user-anna', 'user-admin']);
  await eventually(() => new URL(page.url()).searchParams, (address) => address.get('model') === 'dynamic/smart-route' && address.get('model2') === 'dynamic/smart-route');
});

it('a notice covers nothing that is pressed next', async () => {
  watched = await open(gateway, `${PLAYGROUND}&prompt=Once%20more`);
  const { page } = watched;
  await page.getByRole('button', { name: 'Save this prompt' }).click();
  await page.getByRole('status').filter({ hasText: 'Prompt saved' }).waitFor();
  for (const name of ['Send', 'Copy as']) {
    const button = page.getByRole('button', { name }).first();
    await eventually(() => button.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return [0.1, 0.5, 0.9].every((part) => element.contains(document.elementFromPoint(left + width * part, top + height / 2)));
    }), (isFree) => isFree);
  }
});
