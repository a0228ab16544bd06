import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { closeBrowser, loaded, open, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';
import { within } from './pace';

let gateway: Gateway;
let watched: Watched | undefined;

const LOGS = '/g/default/logs';
const HOSTILE = '<img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script> ![x](http://127.0.0.1:9/x.png) \u001b[31mred \u202eevil';

beforeAll(async () => {
  gateway = await startGateway();
  await deployExample(gateway, 'smart-route');
  for (const user of ['user-admin', 'user-anna', 'user-admin']) {
    const answer = await gateway.chat('dynamic/smart-route', { metadata: { user_id: user } });
    expect(answer.status).toBe(200);
    await answer.text();
  }
  await stored((found) => found.length === 3);
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

/** Waits for rows as the gateway has stored them. */
const stored = (holds: (found: unknown[]) => boolean) => eventually(() => gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/logs') as Promise<unknown[]>, holds);

const rows = ({ page }: Watched) => page.locator('[data-testid^="log-"]');

it('ux-31 a finished request is in Logs within 2 s, once, however many attempts it took', async () => {
  watched = await open(gateway, LOGS);
  await rows(watched).first().waitFor();
  const before = await rows(watched).count();
  const answer = await gateway.chat('mock/flaky', { metadata: { user_id: 'user-flaky' }, headers: { 'cf-aig-max-attempts': '5', 'cf-aig-retry-delay': '10' } });
  await answer.text();
  await within(2_000, () => stored((found) => JSON.stringify(found).includes('user-flaky')));
  await watched.page.reload();
  await rows(watched).filter({ hasText: 'user-flaky' }).first().waitFor();
  expect(await rows(watched).filter({ hasText: 'user-flaky' }).count()).toBe(1);
  expect(await rows(watched).count()).toBe(before + 1);
});

it('ux-32 a filter by metadata shows those rows alone, its address opens the same list, the panel walks inside it', async () => {
  const filters = encodeURIComponent(JSON.stringify([{ key: 'metadata.user_id', operator: 'eq', value: ['user-admin'] }]));
  watched = await open(gateway, `${LOGS}?filters=${filters}`);
  const { page } = watched;
  await rows(watched).first().waitFor();
  const users = await rows(watched).allTextContents();
  expect(users.length).toBe(2);
  expect(users.every((row) => row.includes('user-admin'))).toBe(true);
  const opened = () => new URL(page.url()).searchParams.get('log');
  await rows(watched).first().locator('td').first().click();
  const newest = await eventually(opened, (id) => id !== null);
  await page.getByRole('button', { name: 'Older request (j)' }).first().click();
  await eventually(opened, (id) => id !== null && id !== newest);
  const address = page.url();
  expect(address).toContain('user-admin');
  const again = await open(gateway, new URL(address).pathname + new URL(address).search);
  await rows(again).first().waitFor();
  expect(await rows(again).count()).toBe(2);
  await again.context.close();
});

it('ux-34 hostile text is plain text in the list, the panel and the answer', async () => {
  const answer = await gateway.chat('mock/small', { content: HOSTILE, metadata: { user_id: '<b>user</b>', note: '<img src=x onerror=1>' }, headers: { 'user-agent': '<script>1</script>' } });
  expect(await answer.text()).toContain('mock');
  expect(answer.status).toBe(200);
  await stored((found) => JSON.stringify(found).includes('<b>user</b>'));
  watched = await open(gateway, LOGS);
  const { page, errors, foreign } = watched;
  const row = rows(watched).filter({ hasText: '<b>user</b>' });
  await row.first().locator('td').first().click();
  for (const tab of ['Request', 'Response', 'Metadata', 'Overview']) {
    await page.getByRole('tab', { name: tab, selected: false }).click();
    await page.getByRole('tab', { name: tab, selected: true }).waitFor();
    await loaded(page);
  }
  await page.getByRole('tab', { name: 'Request' }).click();
  await page.getByText('onerror=', { exact: false }).first().waitFor();
  expect(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked)).toBeUndefined();
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
});

it('ux-35 fifty rows are one list call, and a hidden tab asks for none', async () => {
  watched = await open(gateway, LOGS);
  await rows(watched).first().waitFor();
  await watched.page.getByText(/^\d+ requests$/).first().waitFor();
  await loaded(watched.page);
  const lists = () => watched!.calls.filter((call) => call.endsWith('/gateways/default/logs')).length;
  expect(lists()).toBe(1);
  await watched.page.getByRole('button', { name: 'Live tail' }).click();
  await eventually(lists, (count) => count >= 2);
  await hide(watched);
  watched.calls.length = 0;
  await watched.page.waitForTimeout(6_000);
  expect(watched.calls.filter((call) => call.includes('/logs'))).toEqual([]);
});

/** The tab goes to the background, as far as the page can tell. */
async function hide({ page }: Watched): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true });
    Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

it('ux-33 a tiny cost is readable in row, details and CSV; custom costs are underlined; no price says so', async () => {
  await (await gateway.chat('mock/small', { metadata: { user_id: 'user-tiny' }, headers: { 'cf-aig-custom-cost': '{"per_token_in":0.000001,"per_token_out":0.000001}' } })).text();
  const [row] = await eventually(
    () => gateway.admin('GET', `/client/v4/accounts/default/ai-gateway/gateways/default/logs?filters=${encodeURIComponent(JSON.stringify([{ key: 'metadata.user_id', operator: 'eq', value: ['user-tiny'] }]))}`) as Promise<{ id: string; cost: number }[]>,
    (found) => found.length === 1,
  );
  expect(row!.cost).toBeGreaterThan(0);
  expect(row!.cost).toBeLessThan(0.001);
  const shown = `$${row!.cost.toFixed(Math.ceil(-Math.log10(row!.cost)) + 1)}`;
  watched = await open(gateway, LOGS);
  const cost = rows(watched).filter({ hasText: 'user-tiny' }).locator('[data-custom-cost]').first();
  expect(await cost.textContent()).toContain(shown);
  expect(await cost.evaluate((element) => getComputedStyle(element).textDecorationStyle)).toBe('dotted');
  const csv = await (
    await watched.context.request.get(`${gateway.url}/api/gateways/default/logs/export?format=csv&filters=${encodeURIComponent(JSON.stringify([{ key: 'metadata.user_id', operator: 'eq', value: ['user-tiny'] }]))}`)
  ).text();
  expect(csv).toContain(String(row!.cost.toFixed(12)).replace(/0+$/, ''));
});
