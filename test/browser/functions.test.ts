// Functions, their deployments, their calls and the API pages: each action once, on one server.
import { afterAll, beforeAll, expect } from 'bun:test';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { makeArchive } from '../features/deployments/tar-gz.ts';
import {
  ADMIN,
  createAdmin,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import {
  openBrowser,
  openContext,
  readableText,
  signInByCookie,
  until,
  type Watch,
  watchPage,
} from './browser.ts';
import { createSteps } from './steps.ts';

const HEAD = `import { register, t } from 'tinybase';\n`;
const PAY = `${HEAD}
export default register({ input: t.Object({ amount: t.Integer() }) }, async (ctx, { amount }) => {
  console.log('asked for', amount);
  if (amount === 13) throw new RangeError('unlucky');
  while (amount === 60 && !ctx.signal.aborted) await new Promise((done) => setTimeout(done, 20));
  return { paid: amount };
});
`;

let server: ServerProcess;
let browser: Browser;
let page: Page;
let watch: Watch;
let admin: Client;
let cookie: string;
const test = createSteps();

function writeFunction(name: string, text: string): void {
  mkdirSync(join(server.dir, 'functions'), { recursive: true });
  writeFileSync(join(server.dir, 'functions', name), text);
}

async function deploy(message: string, files: Readonly<Record<string, string>>): Promise<void> {
  const archive = new Uint8Array(await makeArchive(files));
  const path = `/api/admin/functions/deploy?message=${message}`;
  const type = { 'content-type': 'application/gzip' };
  expectStatus(await admin.request('POST', path, archive, type), 201, 'deploying');
}

const call = (amount: number) => admin.post('/api/functions/pay', { amount });
const open = (path: string) => page.goto(`${server.url}/admin/#${path}`);
const main = () => page.getByRole('main');
const drawer = () => page.locator('aside.drawer');
const dialog = () => page.getByRole('dialog');
const answer = () => page.getByRole('region', { name: 'Answer' });

beforeAll(async () => {
  server = await startBinary({ dir: makeTemporaryFolder('functions') });
  admin = await createAdmin(server);
  const books = { name: 'books', schema: { fields: [{ name: 'title', type: 'string' }] } };
  expectStatus(await admin.post('/api/collections', books), 201, 'making books');
  await admin.post('/api/collections/books/records', { title: 'Ferns' });
  browser = await openBrowser();
  const context = await openContext(browser);
  cookie = await signInByCookie(context, server.url);
  page = await context.newPage();
  // The call that fails on purpose.
  watch = await watchPage(page, server.url, [/status of 500 .*\/api\/functions\/pay/]);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

test('the empty list teaches the command, and a new function shows by itself', async () => {
  await open('/functions');
  await main().getByText('tinybase functions new hello').waitFor();
  writeFunction('pay.ts', PAY);
  await main().getByRole('link', { name: 'pay' }).waitFor();
});

test('a file that does not load stands on top with its place, until it is mended', async () => {
  writeFunction('broken.ts', `${HEAD}\nregister({`);
  await main()
    .getByText(/functions\/broken\.ts:\d+/)
    .waitFor();
  rmSync(join(server.dir, 'functions', 'broken.ts'));
  await main().getByText('does not load').waitFor({ state: 'detached' });
});

test('the list has the figures of a day and is sorted by them', async () => {
  writeFunction('idle.ts', `${HEAD}\nregister({}, () => 1);`);
  for (const amount of [1, 2, 13, 3]) await call(amount);
  const row = main().getByRole('row', { name: /^pay/ });
  await row.getByText('25 %').waitFor();
  await main().getByRole('link', { name: 'idle' }).waitFor();
  await main().getByRole('button', { name: 'Calls, 24 h' }).click();
  await until(page, `location.hash.includes('sort=-calls')`);
  expect(await main().locator('tbody th').allInnerTexts()).toEqual(['pay', 'idle']);
});

test('nothing deployed yet names the command; versions say what they changed', async () => {
  await main().getByRole('link', { name: 'Deployments' }).click();
  await main().getByText('tinybase functions deploy').waitFor();
  const files = { 'functions/pay.ts': PAY, 'functions/old.ts': `${HEAD}\nregister({}, () => 1);` };
  await deploy('First', files);
  await deploy('Second', { 'functions/pay.ts': PAY });
  const second = main().getByRole('row', { name: /Second/ });
  await second.getByText('1 removed').waitFor();
  await second.getByText('Active').waitFor();
});

test('an earlier one is brought back after a dialog that names the difference', async () => {
  const first = main().getByRole('row', { name: /First/ });
  await first.getByRole('link').click();
  await drawer().getByText('No version before it is kept').waitFor();
  await drawer().getByRole('button', { name: 'Bring back' }).click();
  await dialog().getByText('functions/old.ts').waitFor();
  await dialog().getByRole('button', { name: 'Bring it back' }).click();
  await page
    .locator('.toast')
    .filter({ hasText: 'Deployment brought back: 2 functions' })
    .waitFor();
  await first.getByText('Active').waitFor();
  await page.keyboard.press('Escape');
  await main().getByRole('button', { name: "Use the server's folder" }).click();
  await dialog().getByRole('button', { name: 'Use the folder' }).click();
  await main().getByText('No deployment is active').waitFor();
});

test('a run that fails leads to the line that threw', async () => {
  await open('/functions/pay/run');
  await main()
    .getByRole('textbox', { name: /amount/ })
    .fill('13');
  await page.keyboard.press('Control+Enter');
  await main().getByText('unlucky').first().waitFor();
  await main().getByText('asked for 13').waitFor();
  await main().getByRole('link', { name: 'functions/pay.ts:5' }).click();
  await until(page, `document.querySelector('.code .marked')`);
  expect(page.url()).toContain('/functions/pay/source?line=5');
});

test('JSON runs as well, an earlier input comes back, and what runs is cancelled', async () => {
  await open('/functions/pay/run');
  await main().getByRole('button', { name: 'Earlier inputs, of this tab only' }).click();
  await page.getByRole('menuitem', { name: /"amount":13/ }).click();
  expect(
    await main()
      .getByRole('textbox', { name: /amount/ })
      .inputValue(),
  ).toBe('13');
  await main().getByRole('button', { name: 'JSON', exact: true }).click();
  const editor = main().getByRole('textbox', { name: /JSON/ });
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText('{"amount": 60}');
  await page.keyboard.press('Control+Enter');
  await main().getByRole('button', { name: 'Cancel' }).click();
  await main()
    .getByText(/Cancelled after/)
    .waitFor();
});

test('megabytes of a result are cut, and say so', async () => {
  writeFunction('idle.ts', `${HEAD}\nregister({ auth: 'admin' }, () => 'x'.repeat(3_000_000));`);
  await open('/functions/idle/run');
  await main().getByText('Admins').waitFor();
  await page.keyboard.press('Control+Enter');
  await main().getByText('The first 100 KB of 3.0 MB.').waitFor();
  await main().getByRole('button', { name: 'Download' }).waitFor();
});

test('a function leads to a new schedule of its own, and Back closes what lies over the page', async () => {
  await main().getByRole('link', { name: 'Schedule', exact: true }).click();
  const choice = drawer().getByRole('combobox', { name: 'Function' });
  await choice.waitFor();
  expect(await choice.inputValue()).toBe('idle');
  await page.keyboard.press('Control+k');
  await dialog().waitFor();
  await page.goBack();
  await dialog().waitFor({ state: 'detached' });
  await open('/functions/pay/run');
});

test('the API of a function calls it for real only after a question', async () => {
  await main().getByRole('link', { name: 'API', exact: true }).click();
  await main().getByText('$TOKEN').first().waitFor();
  await main().getByRole('button', { name: 'Send' }).click();
  await dialog().getByRole('button', { name: 'Call function' }).click();
  await answer().getByText('"paid"').waitFor();
  expect(await readableText(page)).not.toContain(cookie);
});

test('the API of a collection reads at once, and asks before it writes', async () => {
  await open('/collections/books/api');
  // The page before has a button of this name as well.
  await main().getByRole('button', { name: 'Create a record' }).waitFor();
  await main().getByRole('button', { name: 'Send' }).click();
  await answer().getByText('"Ferns"').waitFor();
  await main().getByLabel('filter').fill('title = "none"');
  await page.keyboard.press('Enter');
  await main()
    .getByText(/filter=title/)
    .waitFor();
  await main().getByRole('button', { name: 'Send' }).click();
  await answer().getByText('"total"').waitFor();
  expect(await answer().textContent()).not.toContain('Ferns');
  await main().getByRole('button', { name: 'Create a record' }).click();
  await main().getByRole('button', { name: 'Send' }).click();
  await dialog().getByRole('button', { name: 'Send nothing' }).click();
  expect((await admin.get('/api/collections/books/records')).body.total).toBe(1);
  await main().getByRole('button', { name: 'Send' }).click();
  await dialog().getByRole('button', { name: 'Create record' }).click();
  await main()
    .getByText(/201 in/)
    .waitFor();
  expect((await admin.get('/api/collections/books/records')).body.total).toBe(2);
});

test('a stretch of the chart is the time of the list, by keys and by the mouse', async () => {
  await open('/calls');
  const reader = main().getByRole('slider', { name: /Read the bars/ });
  await reader.focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Enter');
  await until(page, `/after=.*before=/.test(location.hash)`);
  await main().getByRole('button', { name: 'Remove the filter by time' }).click();
  await until(page, `!location.hash.includes('after=')`);
  const box = await reader.boundingBox();
  if (!box) throw new Error('The chart has no place');
  // Over all of them: those of the stretch before may stand there until the others come.
  await page.mouse.move(box.x + 2, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + 20, { steps: 3 });
  await page.mouse.up();
  await until(page, `/after=.*before=/.test(location.hash)`);
  await main().getByRole('link', { name: 'pay' }).first().waitFor();
  await main().getByRole('button', { name: 'Remove the filter by time' }).click();
});

test('calls are found by who made them and by id; a word that finds nobody is told', async () => {
  const who = main().getByRole('textbox', { name: 'User or call id' });
  await who.fill('nobody@example.com');
  await who.press('Enter');
  await main().getByText('Nobody here has the address').waitFor();
  await who.fill(ADMIN.email);
  await who.press('Enter');
  await main().getByText(`by ${ADMIN.email}`).waitFor();
  const { body } = await admin.get('/api/admin/functions/calls?status=failed&limit=1');
  await who.fill(body.items[0].id);
  await who.press('Enter');
  await drawer().getByText('unlucky').waitFor();
  await drawer()
    .getByText(/This error came 2 times/)
    .waitFor();
});

test('while a call is open new ones wait behind a button', async () => {
  await watch.settle();
  await until(page, `document.querySelector('main [aria-busy="true"]') === null`);
  const before = await main().locator('tbody tr').count();
  await call(7);
  const button = main().getByRole('button', { name: /^\d+ new$/ });
  await button.waitFor();
  expect(await main().locator('tbody tr').count()).toBe(before);
  await button.click();
  await until(page, `document.querySelectorAll('main tbody tr').length > ${before}`);
});

test('running again opens the form, empty, and says why', async () => {
  await drawer().getByRole('link', { name: 'Run again' }).click();
  await main().getByText('is stored nowhere').waitFor();
  expect(
    await main()
      .getByRole('textbox', { name: /amount/ })
      .inputValue(),
  ).toBe('');
});

test('the page of the API gives the types and leads to every collection and function', async () => {
  await page
    .getByRole('navigation', { name: 'Main', exact: true })
    .getByRole('link', { name: 'API', exact: true })
    .click();
  const coming = page.waitForEvent('download');
  await main().getByRole('link', { name: 'Download tinybase.ts' }).click();
  expect((await coming).suggestedFilename()).toBe('tinybase.ts');
  await main().getByRole('link', { name: 'pay' }).waitFor();
  await main().getByRole('link', { name: 'books' }).click();
  await page.getByRole('heading', { level: 1, name: 'books' }).waitFor();
  await watch.settle();
  expect(watch.take()).toEqual([]);
});
