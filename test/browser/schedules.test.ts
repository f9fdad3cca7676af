// A schedule from its first keystroke to its end, on one page, with the mouse and the keyboard only.
import { afterAll, beforeAll, expect } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import {
  createAdmin,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import {
  keepNotices,
  openBrowser,
  openContext,
  signInByCookie,
  type Watch,
  watchPage,
} from './browser.ts';
import { createSteps } from './steps.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;
let watch: Watch;
const test = createSteps();

beforeAll(async () => {
  const dir = makeTemporaryFolder('schedules');
  writeFiles(dir, {
    'functions/report.ts': `import { register, t } from 'tinybase';
register({ input: t.Object({ to: t.String({ format: 'email' }) }) }, () => 1);`,
  });
  server = await startBinary({ dir });
  await createAdmin(server);
  browser = await openBrowser();
  const context = await openContext(browser);
  await signInByCookie(context, server.url);
  page = await context.newPage();
  await keepNotices(page);
  // The faults that the steps make on purpose.
  watch = await watchPage(page, server.url, [/status of 422 .*\/api\/admin\/schedules/]);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const drawer = () => page.locator('aside.drawer');
const notice = (text: string | RegExp) => page.locator('.toast').filter({ hasText: text });
const row = () => page.getByRole('row', { name: /Nightly/ });

test('the empty page says what a schedule is and leads to the first', async () => {
  await page.goto(`${server.url}/admin/#/schedules`);
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  await page.getByRole('main').getByRole('button', { name: 'New schedule' }).last().click();
  await drawer().getByText('08:00 on weekdays.').waitFor();
  await drawer().getByRole('heading', { name: 'Next five runs' }).waitFor();
});

test('a pasted expression fills the boxes, and a bad one is told beside them while it is typed', async () => {
  await drawer().getByLabel('Name').fill('Nightly');
  const minute = drawer().getByRole('textbox', { name: /^(minute|Cron)$/ });
  await minute.focus();
  await page.evaluate(`{
    const data = new DataTransfer();
    data.setData('text', '0 0 30 2 *');
    document.activeElement.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
  }`);
  expect(await drawer().getByLabel('month', { exact: true }).inputValue()).toBe('2');
  await drawer().getByText('none ever fits 0 0 30 2 *').waitFor();
  await drawer().getByLabel('day', { exact: true }).fill('28');
  await drawer().getByText('00:00 on 28 February.').waitFor();
});

test('an input that does not fit is told at its field, and nothing is saved', async () => {
  await drawer().getByRole('textbox', { name: /^to/ }).fill('nobody');
  await page.keyboard.press('Control+s');
  await drawer().locator('.schedule-input input[aria-invalid="true"]').waitFor();
  await drawer().getByRole('textbox', { name: /^to/ }).fill('ann@example.com');
  await page.keyboard.press('Control+s');
  await notice('Schedule created').waitFor();
  await row().waitFor();
});

test('it is run now, and its run leads to the call', async () => {
  await row().getByRole('button', { name: 'Run Nightly now' }).click();
  const runs = page.getByRole('region', { name: 'Last runs of Nightly' });
  await runs.getByText('Succeeded').waitFor();
  // By key: a notice may lie over it for a while.
  await runs.getByRole('link', { name: /^Call/ }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Calls' }).waitFor();
  await drawer().getByRole('link', { name: 'A schedule' }).click();
  await drawer().getByRole('heading', { name: 'Nightly' }).waitFor();
});

test('a change that is not saved is asked about before it is lost', async () => {
  await drawer().getByRole('button', { name: 'Every so often' }).click();
  await drawer().getByText('1 change').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep editing' }).click();
  await drawer().getByRole('button', { name: 'Save' }).click();
  await notice('Schedule saved').waitFor();
  await row().getByText('Every 15 minutes').waitFor();
});

test('it is paused in the list, and deleted unless that is undone', async () => {
  await row().getByRole('switch').click();
  await notice('Nightly no longer runs by itself').waitFor();
  await drawer().getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete schedule' }).click();
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  await notice('Schedule Nightly deleted').getByRole('button', { name: 'Undo' }).click();
  await row().click();
  await drawer().getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete schedule' }).click();
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  // Closing the notice is the end of its six seconds.
  await notice('Schedule Nightly deleted').getByRole('button', { name: 'Close' }).click();
  await watch.settle();
  await page.reload();
  await page.getByRole('heading', { name: 'No schedules yet' }).waitFor();
  await watch.settle();
  expect(watch.take()).toEqual([]);
});
