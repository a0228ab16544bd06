import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';

import { closeBrowser, open, placed, type Watched } from './browser';
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

interface Element {
  id: string;
  type: string;
  outputs: Record<string, { elementId: string }>;
  properties?: Record<string, unknown>;
  [unknown: string]: unknown;
}

const to = (elementId: string) => ({ elementId });
const start = (next: string) => ({ id: 'start', type: 'start', outputs: { next: to(next) } });
const END = { id: 'end', type: 'end', outputs: {} };
const model = (id: string, name: string, outputs: object = { success: to('end') }) => ({ id, type: 'model', title: id.toUpperCase(), outputs, properties: { provider: 'mock', model: name } });

/** A route that has only a draft, opened in the editor. */
async function draw(name: string, elements: object[], options = {}): Promise<Page> {
  await gateway.admin('POST', '/api/gateways/default/drafts', { name, document: { elements } });
  watched = await open(gateway, `/g/default/routes/${name}`, options);
  await watched.page.getByTestId('node-start').waitFor();
  return watched.page;
}

/** The flow as the server keeps it. */
async function drawn(name: string): Promise<Element[]> {
  return ((await gateway.admin('GET', `/api/gateways/default/routes/${name}/draft`)) as { document: { elements: Element[] } }).document.elements;
}

/** What has the focus: its test id, its own name, or the label of the field. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    return element?.dataset.testid ?? element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? '';
  });

/** Goes on with Tab, or back, until something has the focus. */
async function tabTo(page: Page, wanted: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let pressed = 0; pressed < 120; pressed += 1) {
    if ((await focused(page)) === wanted) return;
    await page.keyboard.press(key);
  }
  throw new Error(`Tab never came to ${wanted}; the focus is on ${await focused(page)}.`);
}

const hasFocus = (page: Page, wanted: RegExp) => eventually(() => focused(page), (name) => wanted.test(name));

const nodes = (page: Page) => page.locator('[data-node]').evaluateAll((found) => found.map((node) => (node as HTMLElement).dataset.node!));

/**
 * Opens the add menu of an output, takes the kind that is typed and goes on to the first field of what was added, as fast as
 * keys can be pressed: each has to go where the one before it led.
 */
async function addByKeys(page: Page, output: string, kind: string, field: RegExp): Promise<string> {
  await tabTo(page, `insert-${output}`);
  const before = await nodes(page);
  await page.keyboard.press('Enter');
  await page.keyboard.type(kind);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await hasFocus(page, field);
  const added = (await nodes(page)).filter((id) => !before.includes(id));
  expect(added.length).toBe(1);
  return added[0]!;
}

/** Chooses a mock model in the settings of a node, and goes back to the node. */
async function chooseModel(page: Page, node: string, name: string): Promise<void> {
  await page.keyboard.type('Mock');
  await page.getByRole('option', { name: 'Mock' }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await eventually(() => page.getByTestId('inspector').getByLabel('Model', { exact: true }).isEnabled(), (isEnabled) => isEnabled);
  await page.keyboard.press('Tab');
  await hasFocus(page, /^Model/);
  await page.keyboard.type(name);
  await page.getByRole('option', { name }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await hasFocus(page, new RegExp(`^node-${node}$`));
}

it('ux-06 Start → If → two models is built, saved and deployed with the keyboard alone', async () => {
  const page = await draw('ux-06', [{ id: 'start', type: 'start', outputs: {} }, END]);
  const condition = await addByKeys(page, 'start-next', 'Condition', /^Field/);
  await page.keyboard.type('metadata.plan');
  await tabTo(page, 'Value');
  await page.keyboard.type('paid');
  await page.keyboard.press('Escape');
  await hasFocus(page, new RegExp(`^node-${condition}$`));
  await chooseModel(page, await addByKeys(page, `${condition}-true`, 'Model', /^Provider/), 'large');
  await tabTo(page, `insert-${condition}-false`, 'Shift+Tab');
  await chooseModel(page, await addByKeys(page, `${condition}-false`, 'Model', /^Provider/), 'small');
  await eventually(() => page.getByRole('button', { name: 'Save & deploy' }).isEnabled(), (isEnabled) => isEnabled);
  await page.keyboard.press('Control+s');
  await page.getByText('v1 saved').first().waitFor();
  await page.keyboard.press('Control+Shift+s');
  await eventually(() => page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).isEnabled(), (isEnabled) => isEnabled);
  await hasFocus(page, /^Message/);
  await page.keyboard.press('Enter');
  await page.getByTestId('chip-live').getByText('Live v1').waitFor();
  for (const [plan, served] of [['paid', 'large'], ['free', 'small']] as const) {
    const answer = await gateway.chat('dynamic/ux-06', { metadata: { plan } });
    expect(answer.headers.get('cf-aig-model')).toBe(served);
    await answer.text();
  }
});

it('ux-07 connecting B back to A is refused and says that the flow would loop', async () => {
  const elements = [start('a'), model('a', 'large', { success: to('end'), fallback: to('b') }), model('b', 'small'), END];
  const page = await draw('ux-07', elements);
  const from = await placed(page.getByTestId('port-b-fallback'));
  const onto = await placed(page.getByTestId('node-a'));
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(onto.x + 60, onto.y + 30, { steps: 8 });
  await page.mouse.up();
  await eventually(() => page.getByTestId('announcer').textContent(), (said) => /would loop: .*A.*B/.test(said ?? ''));
  await page.getByTestId('insert-b-fallback').click();
  await page.getByRole('option', { name: 'Connect to existing…' }).click();
  const refused = page.getByRole('option', { name: /would loop/ });
  await refused.waitFor();
  expect(await refused.getAttribute('aria-disabled').then((value) => value ?? refused.getAttribute('data-combobox-disabled'))).toBe('true');
  expect((await drawn('ux-07')).find(({ id }) => id === 'b')!.outputs).toEqual({ success: to('end') });
});

it('ux-09 W03 offers the field that traffic carries; its Fix replaces it', async () => {
  const condition = { id: 'c', type: 'conditional', outputs: { true: to('x'), false: to('y') }, properties: { conditions: { 'metadata.userId': { $eq: 'user-admin' } } } };
  await gateway.admin('POST', '/api/gateways/default/drafts', { name: 'ux-09', document: { elements: [start('c'), condition, model('x', 'large'), model('y', 'small'), END] } });
  await (await gateway.chat('mock/small', { metadata: { user_id: 'user-anna' } })).text();
  await eventually(() => gateway.admin('GET', '/api/gateways/default/seen') as Promise<{ metadata: { key: string }[] }>, ({ metadata }) => metadata.some(({ key }) => key === 'user_id'));
  watched = await open(gateway, '/g/default/routes/ux-09');
  const { page } = watched;
  const problem = page.locator('[data-problem="W03"]').first();
  await problem.waitFor();
  await page.getByRole('button', { name: 'Use it' }).first().click();
  await problem.waitFor({ state: 'detached' });
  await eventually(() => drawn('ux-09'), (elements) => JSON.stringify(elements).includes('metadata.user_id'));
  expect(JSON.stringify(await drawn('ux-09'))).not.toContain('userId');
});

it('ux-10 a budget before a model without price shows E10 and blocks deploying until a price is set', async () => {
  const budget = { id: 'w', type: 'rate', outputs: { success: to('m') }, properties: { key: '*', limit: 5, limitType: 'cost', window: 3600 } };
  const page = await draw('ux-10', [start('w'), budget, { ...model('m', ''), properties: { provider: 'openai', model: 'acme-7b' } }, END]);
  await page.locator('[data-problem="E10"]').first().waitFor();
  const deploy = page.getByRole('button', { name: 'Save & deploy' });
  await eventually(() => deploy.isDisabled(), (isDisabled) => isDisabled);
  await page.getByRole('button', { name: 'Set price' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Input, $ per million tokens').fill('1');
  await dialog.getByLabel('Output, $ per million tokens').fill('2');
  await dialog.getByRole('button', { name: 'Save price' }).click();
  await page.locator('[data-problem="E10"]').first().waitFor({ state: 'detached' });
  await eventually(() => deploy.isEnabled(), (isEnabled) => isEnabled);
});

it('ux-13 three connected nodes copied into another route keep their inner edges under new ids', async () => {
  await gateway.admin('POST', '/api/gateways/default/drafts', { name: 'ux-13-target', document: { elements: [start('a'), model('a', 'small'), END] } });
  const elements = [start('a'), model('a', 'large', { success: to('end'), fallback: to('b') }), model('b', 'large', { success: to('end'), fallback: to('c') }), model('c', 'small'), END];
  const page = await draw('ux-13', elements, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByTestId('node-a').click();
  for (const id of ['b', 'c']) {
    await page.getByTestId(`node-${id}`).focus();
    await page.keyboard.press('Shift+Enter');
  }
  await page.getByText('3 nodes selected').waitFor();
  await page.keyboard.press('Control+c');
  await eventually(() => page.getByTestId('announcer').textContent(), (said) => said?.includes('3 nodes copied.') ?? false);
  await page.goto(`${gateway.url}/g/default/routes/ux-13-target`);
  await page.getByTestId('node-start').focus();
  await page.keyboard.press('Control+v');
  const pasted = await eventually(() => drawn('ux-13-target'), (found) => found.length === 6);
  expect(new Set(pasted.map(({ id }) => id)).size).toBe(6);
  const added = pasted.filter(({ id }) => !['start', 'a', 'end'].includes(id));
  const [first, second, third] = ['A', 'B', 'C'].map((title) => added.find((element) => (element.title as string).startsWith(title))!);
  expect(first!.outputs.fallback).toEqual(to(second!.id));
  expect(second!.outputs.fallback).toEqual(to(third!.id));
});

it('ux-18 export and import give an equal flow; unknown properties survive; other spellings of types are read', async () => {
  const elements = [{ ...start('m'), 'x-team': { owner: 'docs' } }, { ...model('m', 'small'), properties: { provider: 'mock', model: 'small', 'x-note': [1, null, 'two'] } }, END];
  const page = await draw('ux-18', elements);
  await page.getByText('JSON', { exact: true }).first().click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(await (await downloading).path(), 'utf8');
  await importRoute(page, 'ux-18-copy', text);
  expect(await drawn('ux-18-copy')).toEqual(await drawn('ux-18'));
  expect(await drawn('ux-18-copy')).toEqual(elements);

  const spelled = [start('c'), { id: 'c', type: 'condition', outputs: { true: to('m'), false: to('m') }, properties: { conditions: { 'metadata.plan': 'paid' } } }, model('m', 'small'), END];
  await importRoute(page, 'ux-18-spelled', JSON.stringify({ elements: spelled }));
  expect((await drawn('ux-18-spelled')).find(({ id }) => id === 'c')!.type).toBe('conditional');
});

async function importRoute(page: Page, name: string, text: string): Promise<void> {
  await page.goto(`${gateway.url}/g/default/routes?new=import`);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Import JSON' }).click();
  await dialog.getByLabel('Route document (JSON)').fill(text);
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByRole('button', { name: 'Create route' }).click();
  await page.getByTestId('node-start').waitFor();
}
