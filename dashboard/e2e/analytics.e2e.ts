import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator } from 'playwright-core';

import { closeBrowser, open } from './browser';
import { eventually, type Gateway, startGateway } from './gateway';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

const FILTERS = JSON.stringify([{ key: 'metadata.user_id', operator: 'eq', value: ['user-anna'] }]);
const LOGS = '/client/v4/accounts/default/ai-gateway/gateways/default/logs';

/** The totals of a chart stand in its legend. */
async function totalOf(legend: Locator): Promise<number> {
  const values = await legend.locator('li b').allTextContents();
  return values.map((value) => Number(value.replaceAll(',', ''))).reduce((sum, value) => sum + value, 0);
}

it("ux-36 the chart's total for a filter is the number of rows in Logs, and its cost the sum of the CSV's column", async () => {
  const sent = [
    ...Array.from({ length: 5 }, (_, index) => ({ model: index % 2 ? 'mock/large' : 'mock/small', user: 'user-anna', headers: {} })),
    { model: 'mock/small', user: 'user-anna', headers: { 'cf-aig-custom-cost': '{"per_token_in":0.01,"per_token_out":0.02}' } },
    { model: 'mock/nothing', user: 'user-anna', headers: {} },
    { model: 'mock/small', user: 'user-ben', headers: {} },
  ];
  for (const { model, user, headers } of sent) await (await gateway.chat(model, { metadata: { user_id: user }, headers })).text();
  await eventually(() => gateway.admin('GET', LOGS) as Promise<unknown[]>, (all) => all.length === sent.length);
  const rows = (await gateway.admin('GET', `${LOGS}?filters=${encodeURIComponent(FILTERS)}`)) as { cost: number | null }[];
  expect(rows.length).toBe(sent.length - 1);

  const watched = await open(gateway, `/g/default/logs?range=1h&filters=${encodeURIComponent(FILTERS)}`);
  const { page } = watched;
  await page.locator('[data-testid^="log-"]').first().waitFor();
  await eventually(() => page.locator('[data-testid^="log-"]').count(), (count) => count === rows.length);
  await page.getByText(`${rows.length} requests`, { exact: true }).first().waitFor();
  await eventually(() => totalOf(page.locator('main ul').filter({ has: page.locator('li b') }).first()), (total) => total === rows.length);

  await page.goto(`${gateway.url}/g/default/analytics?range=1h&filters=${encodeURIComponent(FILTERS)}`);
  await eventually(() => totalOf(page.getByRole('region', { name: 'Requests', exact: true }).locator('footer')), (total) => total === rows.length);

  const csv = await (await watched.context.request.get(`${gateway.url}/api/gateways/default/logs/export?format=csv&filters=${encodeURIComponent(FILTERS)}`)).text();
  const [head, ...lines] = csv.trim().split(/\r?\n/).map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, '')));
  const at = head!.indexOf('cost_usd');
  const sum = lines.reduce((total, cells) => total + Number(cells[at] || 0), 0);
  expect(lines.length).toBe(rows.length);
  const end = new Date(Date.now() + 60_000).toISOString();
  const start = new Date(Date.now() - 3_600_000).toISOString();
  const charted = (await gateway.admin('GET', `/api/gateways/default/analytics?${new URLSearchParams({ start, end, interval: 'none', filters: FILTERS })}`)) as { total: { requests: number; cost_usd: number } };
  expect(charted.total.requests).toBe(rows.length);
  expect(charted.total.cost_usd).toBeCloseTo(sum, 9);
  await watched.context.close();
});
