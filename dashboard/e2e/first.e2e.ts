import { afterAll, afterEach, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';

import { closeBrowser, loaded, open, type Watched } from './browser';
import { API_KEY, eventually, type Gateway, startGateway } from './gateway';
import { within } from './pace';

let gateway: Gateway | undefined;
let watched: Watched | undefined;

afterEach(async () => {
  await watched?.context.close();
  await gateway?.end();
});

afterAll(closeBrowser);

const PASSWORD = 'correct horse battery staple';

/** A gateway of the first minute, its setup link opened. */
async function first(): Promise<Page> {
  gateway = await startGateway({ isNew: true, env: { WAYPOST_API_KEY: API_KEY } });
  const { output } = gateway;
  const token = await eventually(() => /setup\?token=(wps_[\w-]+)/.exec(output())?.[1], (found) => found !== undefined);
  watched = await open(gateway, `/setup?token=${token}`, { isSignedOut: true });
  return watched.page;
}

async function setPassword(page: Page): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Repeat the password').fill(PASSWORD);
}

it('ux-01 from the first page to a streamed answer in at most five clicks, without any key', async () => {
  const page = await first();
  let clicks = 0;
  const click = async (control: Locator) => {
    clicks += 1;
    await control.first().click();
  };
  await setPassword(page);
  await click(page.getByRole('button', { name: 'Set password' }));
  await click(page.getByRole('link', { name: 'Go to Overview' }));
  await click(page.getByRole('link', { name: 'Open Playground' }).or(page.getByRole('button', { name: 'Open Playground' })));
  await click(page.getByRole('button', { name: 'Summarise' }));
  const answered = page.waitForResponse((response) => response.url().includes('/playground/'));
  await click(page.getByRole('button', { name: 'Send' }));
  expect((await answered).headers()['content-type']).toContain('text/event-stream');
  await page.locator('[data-phase="done"]').waitFor();
  expect(await page.getByTestId('served-by').first().textContent()).toContain('mock/');
  expect(clicks).toBeLessThanOrEqual(5);
  expect(watched!.foreign).toEqual([]);
});

it('ux-03 each step of Get started ticks by itself within 3 s of the act, and stays ticked after a reload', async () => {
  const page = await first();
  await setPassword(page);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('link', { name: 'Go to Overview' }).click();
  await page.getByTestId('step-answer').waitFor();
  const overview = page;
  const acting = await watched!.context.newPage();
  const done = (step: string) => overview.locator(`[data-testid="step-${step}"][data-done]`);
  const ticks = (step: string) => within(3_000, () => done(step).waitFor());

  await acting.goto(`${gateway!.url}/g/default/playground?model=mock/small`);
  await acting.getByRole('button', { name: 'Summarise' }).click();
  await acting.getByLabel('Prompt', { exact: true }).press('Control+Enter');
  await acting.locator('[data-phase="done"]').waitFor();
  await ticks('answer');

  await acting.goto(`${gateway!.url}/g/default/routes?new=smart-route`);
  await acting.getByRole('button', { name: 'Create route' }).click();
  await acting.getByTestId('node-start').waitFor();
  await acting.getByRole('button', { name: 'Simulate' }).click();
  await acting.getByRole('button', { name: 'Run', exact: true }).click();
  await acting.getByTestId('simulation-outcome').waitFor();
  await ticks('simulate');

  await acting.getByRole('button', { name: 'Save & deploy' }).click();
  await acting.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
  await acting.getByTestId('chip-live').getByText('Live v1').waitFor();
  await ticks('deploy');

  await acting.goto(`${gateway!.url}/g/default/logs`);
  await acting.locator('[data-testid^="log-"] td').first().click();
  await acting.getByRole('tab', { name: 'Overview' }).waitFor();
  await ticks('open_log');
  await overview.reload();
  for (const step of ['answer', 'simulate', 'deploy', 'open_log']) await done(step).waitFor();

  // With the last step the list is complete and goes: nothing is left to do.
  const answer = await gateway!.chat('dynamic/smart-route', { metadata: { user_id: 'user-anna' } });
  expect(answer.status).toBe(200);
  await answer.text();
  await within(3_000, () => overview.getByRole('heading', { name: 'Get started' }).waitFor({ state: 'detached' }));
  await overview.reload();
  await overview.getByRole('heading', { level: 1 }).first().waitFor();
  await loaded(overview);
  expect(await overview.getByTestId('step-curl').count()).toBe(0);
});
