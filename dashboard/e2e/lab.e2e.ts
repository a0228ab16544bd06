import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { closeBrowser, open, type Watched } from './browser';
import { clearOf, eventually, type Gateway, startGateway } from './gateway';
import { within } from './pace';

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

/** Inserts a node on an output; its settings then stand open. */
async function insert(page: Page, on: string, kind: string): Promise<string> {
  const before = await nodes(page);
  await page.getByTestId(`insert-${on}`).click();
  await page.getByRole('option', { name: kind }).first().click();
  const after = await eventually(() => nodes(page), (found) => found.length > before.length);
  return after.find((id) => !before.includes(id) && !id.startsWith('end'))!;
}

const nodes = (page: Page) => page.locator('[data-node]').evaluateAll((found) => found.map((node) => (node as HTMLElement).dataset.node!));

async function connect(page: Page, output: string, to: RegExp): Promise<void> {
  await page.getByTestId(`insert-${output}`).click();
  await page.getByRole('option', { name: 'Connect to existing…' }).click();
  await page.getByRole('option', { name: to }).first().click();
  await page.getByRole('listbox', { name: 'Nodes' }).waitFor({ state: 'detached' });
}

async function chooseModel(page: Page, title: string, name: string): Promise<void> {
  const inspector = page.getByTestId('inspector');
  await inspector.getByLabel('Title').fill(title);
  await inspector.getByLabel('Provider').first().fill('Mock');
  await page.getByRole('option', { name: /mock/i }).first().click();
  await inspector.getByLabel('Model', { exact: true }).fill(name);
  await page.getByRole('option', { name }).first().click();
}

async function deploy(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Save & deploy' });
  await eventually(() => button.isEnabled(), (isEnabled) => isEnabled);
  await button.click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function ask(page: Page): Promise<string> {
  const answered = page.waitForResponse((response) => response.url().includes('/playground/'));
  await page.getByLabel('Prompt', { exact: true }).press('Control+Enter');
  expect((await answered).status()).toBe(200);
  await page.locator('[data-phase="done"]').waitFor();
  return (await page.getByTestId('served-by').first().textContent()) ?? '';
}

it('the lab: smart-route drawn by mouse, two users, a custom cost, the budget falls back, its log says why, and back again', async () => {
  watched = await open(gateway, '/g/default/routes?new=scratch');
  const { page } = watched;
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('smart-route');
  await dialog.getByRole('radio', { name: 'Start from scratch' }).click();
  await dialog.getByRole('button', { name: 'Create route' }).click();
  await page.getByTestId('node-start').waitFor();

  const inspector = page.getByTestId('inspector');
  const condition = await insert(page, 'start-next', 'Condition');
  await inspector.getByLabel('Field').fill('metadata.user_id');
  await inspector.getByLabel('Value').fill('user-admin');
  await page.keyboard.press('Tab');
  const budget = await insert(page, `${condition}-true`, 'Budget limit');
  await inspector.getByLabel('Amount in dollars').fill('1');
  const large = await insert(page, `${budget}-success`, 'Model');
  await chooseModel(page, 'Large', 'large');
  await insert(page, `${condition}-false`, 'Model');
  await chooseModel(page, 'Small', 'small');
  await page.getByRole('button', { name: 'Tidy up' }).click();
  await connect(page, `${budget}-fallback`, /^Small/);
  await connect(page, `${large}-fallback`, /^Small/);
  await deploy(page);
  await page.getByTestId('chip-live').getByText('Live v1').waitFor();

  await page.goto(`${gateway.url}/g/default/playground?model=dynamic/smart-route`);
  await page.getByLabel('Prompt', { exact: true }).fill('Hello');
  const user = page.getByLabel('User ID').first();
  await user.fill('user-anna');
  expect(await ask(page)).toContain('mock/small');
  await user.fill('user-admin');
  expect(await ask(page)).toContain('mock/large');
  await page.getByRole('switch', { name: 'Custom cost' }).check({ force: true });
  await page.getByLabel('Token in').fill('0.2');
  await page.getByLabel('Token out').fill('0.2');
  expect(await ask(page)).toContain('mock/large');
  expect(await ask(page)).toContain('mock/small');

  await page.getByRole('link', { name: 'Open log' }).first().click();
  await page.getByText('Over budget').first().waitFor();
  await page.locator('[data-custom-cost]').first().waitFor();

  await page.goto(`${gateway.url}/g/default/routes/smart-route`);
  await page.getByTestId(`node-${large}`).click();
  await chooseModel(page, 'Large', 'small');
  await deploy(page);
  // The toast stays as long as the pointer is on it.
  await page.getByRole('button', { name: 'Roll back' }).hover();
  await page.getByTestId('chip-live').getByText('Live v2').waitFor();
  await within(5_000, async () => {
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByTestId('chip-live').getByText('Live v1').waitFor();
  });
  expect((await gateway.chat('dynamic/smart-route', { metadata: { user_id: 'user-anna' } })).headers.get('waypost-route')).toBe('smart-route@1');
});

it('SaaS plans: the template deploys as it is, and the eleventh request of a free user is limited', async () => {
  watched = await open(gateway, '/g/default/routes?new=saas-plans');
  const { page } = watched;
  await page.getByRole('button', { name: 'Create route' }).click();
  await page.getByTestId('node-start').waitFor();
  await deploy(page);
  await page.getByTestId('chip-live').getByText('Live v1').waitFor();
  await clearOf(86_400);
  const call = (plan: string, email: string) => gateway.chat('dynamic/saas-plans', { metadata: { plan, email } });
  for (let sent = 0; sent < 10; sent += 1) {
    const answer = await call('free', 'anna@example.com');
    expect([sent, answer.status, answer.headers.get('cf-aig-model')]).toEqual([sent, 200, 'small']);
    await answer.text();
  }
  const eleventh = await call('free', 'anna@example.com');
  expect(eleventh.status).toBe(429);
  expect(Number(eleventh.headers.get('retry-after'))).toBeGreaterThan(0);
  const id = eleventh.headers.get('cf-aig-log-id')!;
  for (const [plan, email, served] of [['free', 'ben@example.com', 'small'], ['paid', 'cleo@example.com', 'large']] as const) {
    const answer = await call(plan, email);
    expect([answer.status, answer.headers.get('cf-aig-model')]).toEqual([200, served]);
    await answer.text();
  }
  await page.goto(`${gateway.url}/g/default/logs/${id}`);
  await page.getByText(/Limit reached|Over limit|Limited/).first().waitFor();
  await page.getByText('429').first().waitFor();
});
