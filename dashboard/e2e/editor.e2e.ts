import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { closeBrowser, open, seriousFindings, type Watched } from './browser';
import { deployExample, eventually, type Gateway, startGateway } from './gateway';
import { within } from './pace';

let gateway: Gateway;
let watched: Watched;

beforeAll(async () => {
  gateway = await startGateway();
  await deployExample(gateway, 'smart-route');
});

afterEach(async () => {
  await watched?.context.close();
});

afterAll(async () => {
  await closeBrowser();
  await gateway?.end();
});

const ROUTES = '/client/v4/accounts/default/ai-gateway/gateways/default/routes';
const START = { id: 'start', type: 'start', outputs: { next: { elementId: 'end' } } };
const END = { id: 'end', type: 'end', outputs: {} };
const model = (id: string, name: string, outputs: object = { success: { elementId: 'end' } }) => ({ id, type: 'model', title: id.toUpperCase(), outputs, properties: { provider: 'mock', model: name } });

/** A route that has only a draft, opened in the editor. */
async function draw(name: string, elements: object[], path = ''): Promise<Page> {
  await gateway.admin('POST', '/api/gateways/default/drafts', { name, document: { elements } });
  watched = await open(gateway, `/g/default/routes/${name}${path}`);
  await watched.page.getByTestId('node-start').or(watched.page.getByTestId('json-editor')).first().waitFor();
  return watched.page;
}

/** The flow as the server keeps it, without positions. */
async function drawn(name: string): Promise<{ elements: { id: string; type: string; outputs: Record<string, { elementId: string }>; properties?: Record<string, unknown> }[]; layout: { nodes: Record<string, [number, number]> } }> {
  return ((await gateway.admin('GET', `/api/gateways/default/routes/${name}/draft`)) as { document: never }).document;
}

/** Where cards stand on the canvas, wherever that was panned to. */
const positions = (page: Page) =>
  page.locator('.react-flow__node').evaluateAll((found) => Object.fromEntries(found.map((node) => [(node as HTMLElement).dataset.id!, (node as HTMLElement).style.transform])));

/** The server has this draft. */
const saved = (name: string, retries: number) => eventually(() => drawn(name), ({ elements }) => elements.find(({ id }) => id === 'm')?.properties?.retries === retries);

async function insert(page: Page, on: string, kind: string): Promise<void> {
  await page.getByTestId(`insert-${on}`).click();
  await page.getByRole('option', { name: kind }).or(page.getByRole('menuitem', { name: kind })).first().click();
}

it('ux-04 the template Smart route inserts, simulates and deploys without changing a field', async () => {
  watched = await open(gateway, '/g/default/routes?new=smart-route');
  const { page } = watched;
  // One with the template's own name is there already.
  await eventually(() => page.getByRole('dialog').getByLabel('Name', { exact: true }).inputValue(), (name) => name === 'smart-route-2');
  await page.getByRole('button', { name: 'Create route' }).click();
  await page.getByTestId('node-start').waitFor();
  await page.getByRole('button', { name: 'Simulate' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await eventually(() => page.getByTestId('simulation-outcome').textContent(), (text) => text === 'mock/small');
  await deploy(page);
  await page.getByText('Live v1').first().waitFor();
});

async function deploy(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save & deploy' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

it('ux-19 ux-20 two users take two highlighted ways with reasons; a pretended limit leads over it; nothing is called or counted', async () => {
  watched = await open(gateway, '/g/default/routes/smart-route?panel=simulate');
  const { page } = watched;
  await page.getByTestId('node-start').waitFor();
  const rowsBefore = await logCount();
  const run = async (user: string, served: string) => {
    await page.getByLabel('User ID').fill(user);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText(new RegExp(`metadata.user_id is "?${user}`)).first().waitFor();
    const taken = page.locator('[data-testid^="node-"][data-path="taken"]');
    await eventually(() => taken.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-testid'))), (nodes) => nodes.includes(`node-${served}`));
    await page.locator(`[data-testid="node-${served === 'large' ? 'small' : 'large'}"][data-path="dimmed"]`).waitFor();
  };
  await run('user-anna', 'small');
  await run('user-admin', 'large');
  await eventually(() => page.getByTestId('simulation-outcome').textContent(), (text) => text === 'mock/large');

  await page.getByLabel('Budget limit', { exact: true }).first().click();
  await page.getByRole('option', { name: 'pretend exceeded' }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('Over budget').first().waitFor();
  await eventually(() => page.getByTestId('simulation-outcome').textContent(), (text) => text === 'mock/small');
  expect(await logCount()).toBe(rowsBefore);
});

async function logCount(): Promise<number> {
  return ((await gateway.admin('GET', '/client/v4/accounts/default/ai-gateway/gateways/default/logs')) as unknown[]).length;
}

it('ux-05 the "+" of an edge inserts a Budget limit: the old target stands on Within budget, Over budget is open', async () => {
  const page = await draw('ux-05', [{ ...START, outputs: { next: { elementId: 'm' } } }, model('m', 'small'), END]);
  await insert(page, 'start-next', 'Budget limit');
  const found = await eventually(() => drawn('ux-05'), ({ elements }) => elements.length === 4);
  const budget = found.elements.find(({ type }) => type === 'rate')!;
  expect(budget.outputs).toEqual({ success: { elementId: 'm' } });
  expect(budget.properties?.limitType).toBe('cost');
  await page.getByText('429 to the client').first().waitFor();
});

it('ux-08 shares of 60 and 50 show E04 and block Deploy, not Save; Make equal clears it', async () => {
  const split = { id: 's', type: 'percentage', outputs: { a: { elementId: 'x' }, b: { elementId: 'y' } }, properties: { branches: [{ name: 'a', weight: 60 }, { name: 'b', weight: 50 }] } };
  const page = await draw('ux-08', [{ ...START, outputs: { next: { elementId: 's' } } }, split, model('x', 'small'), model('y', 'large'), END]);
  await page.getByText('Shares add up to 110 %.', { exact: false }).first().waitFor();
  await eventually(() => page.getByRole('button', { name: 'Save & deploy' }).isDisabled(), (isDisabled) => isDisabled);
  await eventually(() => page.getByRole('button', { name: 'Save version' }).isEnabled(), (isEnabled) => isEnabled);
  await page.getByRole('button', { name: 'Make equal' }).first().click();
  await eventually(() => page.getByRole('button', { name: 'Save & deploy' }).isEnabled(), (isEnabled) => isEnabled);
});

it('ux-11 ux-12 deleting a middle node joins its neighbours; undo brings back node, edges and position, byte for byte', async () => {
  const page = await draw('ux-11', [
    { ...START, outputs: { next: { elementId: 'l' } } },
    { id: 'l', type: 'rate', outputs: { success: { elementId: 'm' } }, properties: { key: '*', limit: 5, limitType: 'count', window: 60 } },
    model('m', 'small'),
    END,
  ]);
  const before = await positions(page);
  expect(Object.keys(before).length).toBe(4);
  const text = await jsonOf(page);
  await page.getByText('Canvas', { exact: true }).first().click();
  await page.getByTestId('node-l').click();
  await page.keyboard.press('Delete');
  await page.getByTestId('node-l').waitFor({ state: 'detached' });
  const joined = await eventually(() => drawn('ux-11'), ({ elements }) => elements.length === 3);
  expect(joined.elements[0]!.outputs.next).toEqual({ elementId: 'm' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByTestId('node-l').waitFor();
  await eventually(() => positions(page), (after) => JSON.stringify(after) === JSON.stringify(before));
  await eventually(() => jsonOf(page), (now) => now === text);
});

/** What the JSON view shows. */
async function jsonOf(page: Page): Promise<string> {
  await page.getByText('JSON', { exact: true }).first().click();
  const editor = page.getByTestId('json-editor').locator('.cm-content');
  await editor.waitFor();
  return (await editor.innerText()).trim();
}

it('ux-14 ux-15 a reload restores the draft to the pixel; moving nodes is no change', async () => {
  watched = await open(gateway, '/g/default/routes/smart-route');
  const { page } = watched;
  const node = page.getByTestId('node-start');
  await node.waitFor();
  await page.getByText('No changes').first().waitFor();
  const before = await positions(page);
  await node.click();
  for (let times = 0; times < 3; times += 1) await page.keyboard.press('Alt+ArrowRight');
  const kept = async () => Object.fromEntries(Object.entries((await drawn('smart-route')).layout.nodes).map(([id, [x, y]]) => [id, `translate(${x}px, ${y}px)`]));
  const [moved] = await eventually(
    async () => [await positions(page), await kept()] as const,
    ([shown, stored]) => shown.start !== before.start && shown.start === stored.start,
  );
  await page.reload();
  await node.waitFor();
  await page.getByText('No changes').first().waitFor();
  expect(await positions(page)).toEqual(moved);
  expect(await kept()).toEqual(moved);
  await page.getByRole('button', { name: 'Save version' }).click();
  await page.getByText(/Nothing changed since v1/).first().waitFor();
});

it('ux-17 JSON reaches the canvas within a second once it is valid, and never empties it while it is not', async () => {
  const page = await draw('ux-17', [{ ...START, outputs: { next: { elementId: 'm' } } }, model('m', 'small'), END]);
  await page.getByText('JSON', { exact: true }).first().click();
  const editor = page.getByTestId('json-editor').locator('.cm-content');
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('{"elements": [');
  await page.getByText(/JSON has an error/).first().waitFor();
  expect((await drawn('ux-17')).elements.length).toBe(3);
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(JSON.stringify({ elements: [{ ...START, outputs: { next: { elementId: 'big' } } }, model('big', 'large'), END] }));
  await within(1_000, async () => {
    await page.getByText('Canvas', { exact: true }).first().click();
    await page.getByTestId('node-big').waitFor();
  });
});

it('ux-17 JSON and canvas side by side are one draft: edits and the selection go both ways', async () => {
  const page = await draw('ux-17-both', [{ ...START, outputs: { next: { elementId: 'm' } } }, model('m', 'small'), END], '?view=json');
  await page.getByRole('button', { name: 'Canvas beside' }).click();
  const node = page.getByTestId('node-m');
  await node.waitFor();
  const text = page.getByTestId('json-editor').locator('.cm-content');
  await node.click();
  await page.getByTestId('inspector').getByLabel('Title').fill('Cheap one');
  await eventually(() => text.innerText(), (shown) => shown.includes('"title": "Cheap one"'));
  await text.getByText('"end"', { exact: false }).last().click();
  await eventually(() => page.getByTestId('node-end').getAttribute('data-selected'), (selected) => selected !== null);
  await text.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(JSON.stringify({ elements: [{ ...START, outputs: { next: { elementId: 'big' } } }, model('big', 'large'), END] }));
  await page.getByTestId('node-big').waitFor();
  expect(new URL(page.url()).searchParams.get('view')).toBe('both');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Canvas beside' }).click();
  await page.getByTestId('node-big').waitFor({ state: 'detached' });
  expect(await text.innerText()).toContain('"big"');
});

it('ux-22 ux-25 the chips tell live from draft; rolling back from the toast serves the old version and leaves the draft', async () => {
  const page = await draw('ux-22', [{ ...START, outputs: { next: { elementId: 'm' } } }, model('m', 'small'), END]);
  await deploy(page);
  await page.getByTestId('chip-live').getByText('Live v1').waitFor();
  await page.getByTestId('chip-draft').getByText('No changes').waitFor();
  await page.getByTestId('node-m').click();
  await page.getByTestId('inspector').getByLabel('Retries', { exact: false }).first().fill('2');
  await page.getByTestId('chip-draft').getByText('Draft: 1 change').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByTestId('chip-draft').getByText('No changes').waitFor();
  await page.getByRole('button', { name: 'Redo' }).click();
  await page.getByTestId('chip-draft').getByText('Draft: 1 change').waitFor();
  await deploy(page);
  // The toast stays as long as the pointer is on it.
  await page.getByRole('button', { name: 'Roll back' }).hover();
  await page.getByTestId('chip-live').getByText('Live v2').waitFor();
  await within(5_000, async () => {
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByTestId('chip-live').getByText('Live v1').waitFor();
  });
  const answer = await gateway.chat('dynamic/ux-22');
  expect(answer.headers.get('waypost-route')).toBe('ux-22@1');
  expect((await drawn('ux-22')).elements.find(({ id }) => id === 'm')!.properties?.retries).toBe(2);
});

it('ux-23 comparing two versions marks what differs with symbol and text, old and new', async () => {
  const elements = (name: string) => [{ ...START, outputs: { next: { elementId: 'm' } } }, model('m', name), END];
  await gateway.admin('POST', ROUTES, { name: 'ux-23', elements: elements('small') });
  await gateway.admin('POST', `${ROUTES}/ux-23/versions`, { elements: elements('large') });
  watched = await open(gateway, '/g/default/routes/ux-23?compare=1..2');
  const { page } = watched;
  await page.getByText('Changes from v1 to v2').waitFor();
  await eventually(() => page.getByTestId('node-m').getAttribute('data-diff'), (mark) => mark === 'changed');
  const panel = page.getByRole('region', { name: 'Changes' });
  await panel.getByTestId('change-m').getByText('Model: small → large').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await panel.getByRole('button', { name: 'M changed' }).click();
  await eventually(() => page.getByTestId('node-m').getAttribute('data-selected'), (selected) => selected !== null);
  await panel.getByText('JSON', { exact: true }).click();
  await panel.locator('del').getByText('"model": "small"').waitFor();
  await panel.locator('ins').getByText('"model": "large"').waitFor();
  // Closed, it is not in the way; the node says the same in its settings.
  await panel.getByRole('button', { name: 'Close the list of changes' }).click();
  await page.getByTestId('node-m').dblclick();
  await page.getByTestId('inspector').getByText('Model: small → large').waitFor();
  await page.getByRole('button', { name: 'Back to the draft' }).click();
  await page.getByText('Changes from v1 to v2').waitFor({ state: 'detached' });
});

const byPlan = (plan: string) => [
  { ...START, outputs: { next: { elementId: 'c' } } },
  { id: 'c', type: 'conditional', outputs: { true: { elementId: 'big' }, false: { elementId: 'small' } }, properties: { conditions: { 'metadata.plan': plan } } },
  model('big', 'large'),
  model('small', 'small'),
  END,
];

/** A live route by plan, with a request for each of these. */
async function serve(route: string, plans: string[]): Promise<void> {
  await gateway.admin('POST', ROUTES, { name: route, elements: byPlan('paid') });
  for (const plan of plans) await (await gateway.chat(`dynamic/${route}`, { metadata: { plan } })).text();
  await eventually(() => gateway.admin('GET', `/api/gateways/default/routes/${route}/traffic?window=1h&version=any`) as Promise<{ requests: number }>, ({ requests }) => requests === plans.length);
}

it('ux-24 the deploy dialog says how many recent requests would take another path', async () => {
  const route = 'ux-24';
  await serve(route, ['paid', 'paid', 'free', 'team']);
  await gateway.admin('PUT', `/api/gateways/default/routes/${route}/draft`, { document: { elements: byPlan('team') } });
  watched = await open(gateway, `/g/default/routes/${route}`);
  await watched.page.getByTestId('node-start').waitFor();
  await watched.page.getByRole('button', { name: 'Save & deploy' }).click();
  const effect = watched.page.getByTestId('deploy-effect');
  await eventually(() => effect.getAttribute('data-moved'), (moved) => moved === '3');
  await effect.getByText('3 requests would take another path.').waitFor();
});

it('ux-21 live traffic counts exactly the requests that passed', async () => {
  await serve('ux-21', ['paid', 'paid', 'free', 'team']);
  watched = await open(gateway, '/g/default/routes/ux-21?live=1h');
  await watched.page.getByTestId('node-start').waitFor();
  const count = () => watched.page.locator('[data-testid="edge-start-next"][data-count]').first().getAttribute('data-count');
  await eventually(count, (value) => value === '4');
  await Promise.all(Array.from({ length: 20 }, async () => (await gateway.chat('dynamic/ux-21', { metadata: { plan: 'paid' } })).text()));
  await within(3_000, () => eventually(count, (value) => value === '24'));
});

it('ux-26 the second of two who edit the same draft is told, and neither edit is lost', async () => {
  const page = await draw('ux-26', [{ ...START, outputs: { next: { elementId: 'm' } } }, model('m', 'small'), END]);
  await page.getByTestId('node-m').click();
  await page.getByTestId('inspector').getByLabel('Retries', { exact: false }).first().fill('1');
  await saved('ux-26', 1);
  const other = await open(gateway, '/g/default/routes/ux-26');
  await other.page.getByTestId('node-m').click();
  await other.page.getByTestId('inspector').getByLabel('Retries', { exact: false }).first().fill('3');
  await saved('ux-26', 3);
  await page.getByTestId('inspector').getByLabel('Retries', { exact: false }).first().fill('4');
  const bar = page.getByTestId('conflict');
  await bar.waitFor();
  await bar.getByRole('button', { name: 'Keep mine as a copy' }).click();
  await eventually(async () => (await gateway.admin('GET', '/api/gateways/default/routes-summary')) as { name: string }[], (routes) => routes.some(({ name }) => name.startsWith('ux-26-')));
  expect((await drawn('ux-26')).elements.find(({ id }) => id === 'm')!.properties?.retries).toBe(3);
  await other.context.close();
});
