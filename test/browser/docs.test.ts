import { afterAll, beforeAll, expect } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import { POSTS } from '../support/fixtures.ts';
import { openBrowser, openContext, type Watch, watchPage } from './browser.ts';
import { createSteps } from './steps.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;
let watch: Watch;
let token: string;
const test = createSteps();

beforeAll(async () => {
  server = await startBinary();
  const admin = await createAdmin(server);
  token = String(admin.token);
  await admin.post('/api/collections', POSTS);
  await admin.post('/api/collections/posts/records', { title: 'Kept for the docs' });
  browser = await openBrowser();
  const context = await openContext(browser);
  // Offline but for this one server.
  await context.route(
    (url) => url.origin !== server.url,
    (route) => route.abort('internetdisconnected'),
  );
  page = await context.newPage();
  watch = await watchPage(page, server.url);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const operation = () =>
  page
    .locator('.opblock-get')
    .filter({ has: page.locator('[data-path="/api/collections/posts/records"]') });

test('the docs render without the internet, and show nobody what is not theirs', async () => {
  const answer = await page.goto(`${server.url}/docs`);
  expect(answer?.headers()['content-security-policy']).not.toContain('unsafe-inline');
  await page.locator('.info .title').waitFor();
  await page.locator('.opblock').first().waitFor();
  expect(await operation().count()).toBe(0);
});

test('after Authorize with a token the routes of a collection are listed', async () => {
  await page.getByRole('button', { name: 'Authorize', exact: true }).first().click();
  const dialog = page.locator('.dialog-ux');
  const bearer = dialog.locator('form').filter({ hasText: 'bearer (http, Bearer)' });
  await bearer.locator('input').fill(token);
  await bearer.getByRole('button', { name: 'Apply credentials' }).click();
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await operation().waitFor();
});

test('Execute shows the record that the server has', async () => {
  await operation().locator('.opblock-summary-control').click();
  const execute = operation().getByRole('button', { name: 'Execute' });
  await execute.click();
  const live = operation().locator('.live-responses-table');
  await live.waitFor();
  expect(await live.locator('.response-col_status').last().textContent()).toContain('200');
  expect(await live.textContent()).toContain('Kept for the docs');
});

test('nothing of it left an error on the console or asked another host', async () => {
  await watch.settle();
  expect(watch.take()).toEqual([]);
  expect(watch.urls.every((url) => url.startsWith(server.url) || url.startsWith('data:'))).toBe(
    true,
  );
});
