import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { closeBrowser, loaded, open, seriousFindings, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;
let watched: Watched | undefined;
let logId: string;

beforeAll(async () => {
  gateway = await startGateway({ env: { WAYPOST_PROVIDERS__OPENAI__BASE_URL: 'http://127.0.0.1:9' } });
  await deployExample(gateway, 'smart-route');
  for (const user of ['user-admin', 'user-anna']) {
    const answer = await gateway.chat('dynamic/smart-route', { metadata: { user_id: user } });
    logId = answer.headers.get('cf-aig-log-id')!;
    await answer.text();
  }
  await eventually(() => gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/logs') as Promise<unknown[]>, (rows) => rows.length === 2);
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

/** Every screen, with what it is named in a failure. */
const screens = (): string[] => [
  ...['', '/playground', '/routes', '/routes?new=templates', '/routes/smart-route', '/routes/smart-route?panel=simulate', '/routes/smart-route?panel=versions', '/routes/smart-route?view=list', '/routes/smart-route?view=json'].map((path) => `/g/default${path}`),
  ...['/logs', `/logs/${logId}`, `/logs?log=${logId}`, '/analytics', '/providers', '/providers?tab=prices', '/providers?add=openai', '/providers?add=custom', '/keys', '/keys?key=new', '/settings'].map((path) => `/g/default${path}`),
  '/audit',
];

/** Goes to a screen and waits until it is complete. */
async function show(page: Page, path: string): Promise<void> {
  await page.goto(gateway.url + path);
  await page.locator('main :is(h1, h2, [data-testid="node-start"], [data-testid="json-editor"], [aria-label="Route as a list"])').first().waitFor();
  if (/[?&](add|key|new)=/.test(path)) await page.getByRole('dialog').waitFor();
  await loaded(page);
}

it.each(['light', 'dark'] as const)('ux-39 no serious finding on any screen, %s; every control has a name', { timeout: 600_000 }, async (colorScheme) => {
  watched = await open(gateway, '/g/default', { colorScheme });
  const { page } = watched;
  const found: Record<string, string[]> = {};
  for (const path of screens()) {
    await show(page, path);
    const findings = await seriousFindings(page);
    if (findings.length > 0) found[path] = findings;
  }
  expect(found).toEqual({});
});

it.each(['light', 'dark'] as const)('ux-39 the doors have no serious finding either, %s', async (colorScheme) => {
  watched = await open(gateway, '/sign-in', { colorScheme, isSignedOut: true });
  await watched.page.getByRole('heading', { level: 1 }).waitFor();
  expect(await seriousFindings(watched.page)).toEqual([]);
});

it('ux-39 the focus is visible on everything that Tab reaches', async () => {
  watched = await open(gateway, '/g/default');
  const { page } = watched;
  for (const path of ['/g/default/playground', '/g/default/logs', '/g/default/keys', '/g/default/routes']) {
    await show(page, path);
    const seen = new Set<string>();
    for (let pressed = 0; pressed < 25; pressed += 1) {
      await page.keyboard.press('Tab');
      const state = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const marks = (one: Element | null) => {
          if (!one) return false;
          const style = getComputedStyle(one);
          return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
        };
        // A field may show the focus on its frame, a hidden switch on its track.
        const siblings = element.parentElement ? [...element.parentElement.children] : [];
        const name = `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent?.slice(0, 40)}`;
        const isField = element.matches('input, textarea');
        const border = isField ? getComputedStyle(element).borderColor : '';
        return { name, isMarked: marks(element) || marks(element.parentElement) || siblings.some(marks) || (isField && border !== 'rgba(0, 0, 0, 0)') };
      });
      if (state === null) continue;
      if (!state.isMarked) seen.add(state.name);
    }
    expect([path, [...seen]]).toEqual([path, []]);
  }
});

it.each([360, 320])('ux-40 at %i px Playground, Logs and the List view need no sideways scrolling', async (width) => {
  watched = await open(gateway, '/g/default/playground', { viewport: { width, height: 740 } });
  const { page } = watched;
  const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  for (const path of ['/playground', '/logs', '/routes/smart-route?view=list']) {
    await show(page, `/g/default${path}`);
    if (path === '/logs') await page.locator('[data-testid^="log-"]').first().waitFor();
    expect([path, await sideways()]).toEqual([path, 0]);
  }
  // Usable: a prompt is sent and its answer read.
  await page.goto(`${gateway.url}/g/default/playground?model=mock/small`);
  await page.getByLabel('Prompt', { exact: true }).fill('Hello');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('[data-phase="done"]').waitFor();
  expect(await sideways()).toBe(0);
});

it('ux-37 a provider key is in no answer and on no page once it is saved, but for its last four characters', async () => {
  watched = await open(gateway, '/g/default/providers');
  const { page } = watched;
  const secret = `sk-proj-${'Zq7'.repeat(12)}WXYZ`;
  const read: string[] = [];
  await page.getByLabel('Find a provider').fill('OpenAI');
  const card = page.getByRole('article', { name: 'OpenAI', exact: true });
  await card.getByRole('button', { name: 'Connect' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Key', { exact: true }).fill(secret);
  await page.route(/\/(api|client)\//, async (route) => {
    try {
      const response = await route.fetch();
      read.push(await response.text());
      await route.fulfill({ response });
    } catch {
      // The page went on before it was answered.
    }
  });
  await dialog.getByRole('button', { name: 'Save and test' }).click();
  // Nobody answers at this address: the key was not accepted, and is kept only by insisting.
  await dialog.getByRole('button', { name: 'Save anyway' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await card.getByText(/WXYZ/).first().waitFor();
  for (const path of ['/providers', '/audit', '/settings']) {
    await page.goto(gateway.url + (path === '/audit' ? path : `/g/default${path}`));
    await page.locator('main h1').first().waitFor();
    expect(await page.content()).not.toContain(secret);
  }
  const hidden = secret.slice(0, -4).slice(-8);
  expect(read.length).toBeGreaterThan(2);
  for (const text of read) expect(text.includes(hidden)).toBe(false);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  const stored = JSON.stringify(await gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/provider_configs'));
  expect(stored).toContain('WXYZ');
  expect(stored).not.toContain(hidden);
});

it('ux-37 an API key is shown once', async () => {
  watched = await open(gateway, '/g/default/keys?key=new');
  const { page } = watched;
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Label').fill('Shown once');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const key = (await page.getByTestId('new-key').textContent())!.trim();
  expect(key).toMatch(/^wp_[\w-]{20,}$/);
  await dialog.getByRole('button', { name: 'I stored it' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('cell', { name: 'Shown once', exact: true }).waitFor();
  expect(await page.content()).not.toContain(key);
  await page.reload();
  await page.getByRole('cell', { name: 'Shown once', exact: true }).waitFor();
  expect(await page.content()).not.toContain(key);
  expect(JSON.stringify(await gateway.admin('GET', '/api/keys'))).not.toContain(key);
  expect((await gateway.chat('mock/small', { key })).status).toBe(200);
});
