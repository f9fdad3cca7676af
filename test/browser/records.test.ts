// The page of records at work: rows of filters, views, cells, many records at once, columns of a file.
import { afterAll, beforeAll, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import {
  doubleClick,
  keepNotices,
  openBrowser,
  openContext,
  PATIENCE_MS,
  signInByCookie,
  until,
  type Watch,
  watchPage,
} from './browser.ts';
import { createSteps } from './steps.ts';

let server: ServerProcess;
let admin: Client;
let browser: Browser;
let page: Page;
let watch: Watch;
const test = createSteps();

const BOOKS = {
  name: 'books',
  schema: {
    fields: [
      { name: 'title', type: 'string', required: true, max_length: 80 },
      { name: 'price', type: 'float', min: 0 },
      { name: 'state', type: 'string', enum: ['here', 'lent', 'gone'] },
      { name: 'author', type: 'reference', collection: 'authors', on_delete: 'set_null' },
      { name: 'extra', type: 'json' },
    ],
  },
};
const PATH = '/api/collections/books/records';

beforeAll(async () => {
  server = await startBinary();
  admin = await createAdmin(server);
  const authors = { name: 'authors', schema: { fields: [{ name: 'name', type: 'string' }] } };
  expectStatus(await admin.post('/api/collections', authors), 201, 'making authors');
  expectStatus(await admin.post('/api/collections', BOOKS), 201, 'making books');
  const made = await admin.post('/api/collections/authors/records', { name: 'Ada' });
  const author = expectStatus(made, 201, 'making Ada').id;
  const requests = Array.from({ length: 90 }, (_, at) => ({
    method: 'POST',
    collection: 'books',
    data: {
      title: `Book ${String(at).padStart(2, '0')}`,
      price: at,
      state: at % 2 ? 'here' : 'lent',
      author,
      extra: { at },
    },
  }));
  expectStatus(await admin.post('/api/batch', { requests }), 200, 'making books');
  browser = await openBrowser();
  const context = await openContext(browser);
  await signInByCookie(context, server.url);
  page = await context.newPage();
  await keepNotices(page);
  watch = await watchPage(page, server.url, [/status of 412 /]);
  await page.goto(`${server.url}/admin/#/collections/books/records?sort=title`);
  await counted('90 records').waitFor();
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const dialog = () => page.getByRole('dialog');
const counted = (text: string) =>
  page.locator('.tools .count').filter({ hasText: new RegExp(`^\\s*${text}\\s*$`) });
const notice = (text: string | RegExp) => page.locator('.toast').filter({ hasText: text });
const row = (name: RegExp) => page.getByRole('row', { name });
const cell = (name: RegExp, column: string) => row(name).locator(`[data-column="${column}"]`);
const builder = () => page.getByRole('search', { name: 'Filter' });

async function find(filter: string): Promise<{ id: string; data: Record<string, unknown> }[]> {
  const query = new URLSearchParams({ filter, sort: 'title' });
  return (await admin.get(`${PATH}?${query}`)).body.items;
}

test('a filter is put together from rows, in words by type, and says its expression', async () => {
  await page.keyboard.press('/');
  await builder().getByRole('combobox', { name: 'Field' }).fill('pri');
  await page.keyboard.press('Enter');
  await builder().getByLabel('Operator').selectOption('is at least');
  await builder().getByLabel('Value').fill('50');
  await counted('40 of 90 records').waitFor();
  await builder().getByRole('button', { name: 'Group' }).click();
  const group = builder().getByRole('group', { name: 'Group 2' });
  for (const [index, state] of ['lent', 'gone'].entries()) {
    const field = group.getByRole('combobox', { name: 'Field' }).nth(index);
    await field.fill('state');
    await field.press('Enter');
    await group.getByLabel('Value', { exact: true }).nth(index).selectOption(state);
  }
  await builder().getByText("price >= 50 && (state = 'lent' || state = 'gone')").waitFor();
  await counted('20 of 90 records').waitFor();
});

test('the text says the same, and what is too rich for rows stays text', async () => {
  await builder().getByRole('button', { name: 'Write it' }).click();
  const text = page.getByRole('textbox', { name: 'Filter' });
  expect(await text.inputValue()).toBe("price >= 50 && (state = 'lent' || state = 'gone')");
  await text.fill('!(price < 80)');
  await text.press('Enter');
  await counted('10 of 90 records').waitFor();
  await builder().getByText('Too rich for rows').waitFor();
  await text.fill('price >= 80 && price < 85');
  await text.press('Enter');
  await counted('5 of 90 records').waitFor();
  await builder().getByRole('button', { name: 'Use rows' }).click();
  await builder().getByRole('combobox', { name: 'Field' }).nth(1).waitFor();
  expect(await builder().getByRole('combobox', { name: 'Field' }).count()).toBe(2);
});

test('a view keeps filter and sort under a name, and is renamed and deleted', async () => {
  await builder().getByRole('button', { name: 'Save as view' }).click();
  await dialog().getByLabel('Name').fill('Dear ones');
  await dialog().getByRole('button', { name: 'Save view' }).click();
  await notice('View Dear ones saved').waitFor();
  await builder().getByRole('button', { name: 'Clear' }).click();
  await counted('90 records').waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Dear ones' }).click();
  await counted('5 of 90 records').waitFor();
  await page.getByRole('button', { name: 'Remove condition on price' }).last().click();
  await counted('10 of 90 records').waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Rename or delete views' }).click();
  await dialog().getByLabel('Name of the view Dear ones').fill('Dearest');
  await page.keyboard.press('Tab');
  await dialog().getByRole('button', { name: 'Delete the view Dearest' }).click();
  await notice('View Dearest deleted').waitFor();
  await page.getByRole('button', { name: 'Remove condition on price' }).click();
  await counted('90 records').waitFor();
});

test('a cell is changed where it stands: Escape keeps it, a fault stays beside it, Enter saves', async () => {
  const price = cell(/Book 01/, 'price');
  await doubleClick(price);
  const input = page.locator('.cell-edit input');
  await input.fill('7');
  await input.press('Escape');
  await input.waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await input.fill('-3');
  await input.press('Enter');
  await page.locator('.cell-edit').getByText('At least 0, this is -3.').waitFor();
  await input.fill('12.5');
  await input.press('Enter');
  await notice('price of Book 01 changed').waitFor();
  expect((await find("title = 'Book 01'"))[0]?.data.price).toBe(12.5);
  await notice('price of Book 01 changed').getByRole('button', { name: 'Undo' }).click();
  await notice('Change undone').waitFor();
  expect((await find("title = 'Book 01'"))[0]?.data.price).toBe(1);
});

test('Tab goes on to the next cell, and what somebody else saved meanwhile is not overwritten', async () => {
  await doubleClick(cell(/Book 02/, 'price'));
  await page.locator('.cell-edit input').fill('22');
  await page.keyboard.press('Tab');
  const select = page.locator('.cell-edit select');
  await select.waitFor();
  const [book] = await find("title = 'Book 02'");
  expect(book?.data.price).toBe(22);
  await watch.settle();
  await admin.patch(`${PATH}/${book?.id}`, { state: 'here' });
  await select.selectOption('gone');
  await select.press('Enter');
  await page.locator('.cell-edit').getByText('Somebody saved this record meanwhile').waitFor();
  expect((await find("title = 'Book 02'"))[0]?.data.state).toBe('here');
  await select.press('Enter');
  await notice('state of Book 02 changed').waitFor();
  expect((await find("title = 'Book 02'"))[0]?.data.state).toBe('gone');
});

test('a json value shows whole after a moment over its cell', async () => {
  await cell(/Book 03/, 'extra').hover();
  await page.getByRole('tooltip').getByText('"at": 3').waitFor();
  await page.mouse.move(0, 0);
});

test('a reference opens above the drawer, and a new record made there becomes the value', async () => {
  await row(/Book 04/)
    .getByRole('link', { name: 'Book 04' })
    .click();
  const drawer = page.locator('aside.drawer').first();
  const above = page.locator('aside.drawer.above');
  await drawer.getByRole('link', { name: 'Ada' }).click();
  await above.getByRole('heading', { name: 'Ada' }).waitFor();
  expect(page.url()).toContain('peek=authors.');
  await page.keyboard.press('Escape');
  await above.waitFor({ state: 'detached' });
  await drawer.getByRole('combobox', { name: /^author/ }).click();
  // Up from nothing chosen is the last of the list, and it is in sight.
  await page.getByRole('option', { name: 'New record of authors' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.getByRole('option', { name: 'New record of authors', selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await above.getByRole('textbox', { name: /^name/ }).fill('Bela');
  await above.getByRole('button', { name: /^Create record/ }).click();
  await above.waitFor({ state: 'detached' });
  await drawer.getByText('1 change').waitFor();
  await drawer.getByRole('textbox', { name: /^title/ }).focus();
  await page.keyboard.press('Control+s');
  await notice('Record saved').waitFor();
  // The inputs start afresh; who saved by keyboard stays where they were.
  await until(page, `document.activeElement?.closest('[data-field="title"]') !== null`);
  await row(/Book 04/)
    .getByText('Bela')
    .waitFor();

  const [book] = await find("title = 'Book 04'");
  await drawer.getByRole('tab', { name: 'JSON' }).click();
  await drawer.locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(JSON.stringify({ ...book?.data, price: 44 }));
  await drawer.getByText('1 change').waitFor();
  await page.keyboard.press('Control+s');
  await cell(/Book 04/, 'price')
    .filter({ hasText: '44' })
    .waitFor();
  await drawer.getByText('1 change').waitFor({ state: 'detached' });
  await watch.settle();
  await until(page, `document.activeElement?.matches('.cm-content')`);
  await drawer.getByRole('button', { name: 'Close, Escape' }).click();
});

test('one field of all that match is changed after a look at three, and changed back', async () => {
  await page.getByLabel('Select all on this page').check();
  await page.getByRole('button', { name: 'All 90' }).click();
  await page.getByRole('button', { name: 'Change a field' }).click();
  await dialog().getByLabel('Field', { exact: true }).selectOption('state');
  await dialog()
    .getByLabel(/New value/)
    .selectOption('gone');
  // The three are read from the server.
  await dialog().getByRole('row').nth(3).waitFor();
  expect(await dialog().getByRole('row').count()).toBe(4);
  await dialog().getByRole('button', { name: 'Change 90 records' }).click();
  await notice('90 records changed').waitFor();
  expect((await admin.get(`${PATH}?filter=state='gone'`)).body.total).toBe(90);
  await notice('90 records changed').getByRole('button', { name: 'Undo' }).click();
  await notice('90 records changed back').waitFor();
  expect((await admin.get(`${PATH}?filter=state='gone'`)).body.total).toBe(1);
});

test('what is selected is a file of its own', async () => {
  await page.getByRole('button', { name: 'Select none' }).click();
  await page.getByLabel('Select Book 05').check();
  await page.getByLabel('Select Book 06').check();
  await page.getByRole('button', { name: 'Export' }).last().click();
  await dialog().getByLabel('Fields').selectOption('shown');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog().getByRole('button', { name: 'Export' }).click(),
  ]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toBe('id,owner_id,created_at,updated_at,title,price,state,author,extra');
});

test('few records leave at once and come back with Undo: nothing was sent', async () => {
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await counted('88 records').waitFor();
  await notice('2 records deleted').getByRole('button', { name: 'Undo' }).click();
  await counted('90 records').waitFor();
  expect((await admin.get(`${PATH}?limit=1`)).body.total).toBe(90);
});

test('what is held back for Undo is sent when the page goes', async () => {
  await page.getByLabel('Select Book 05').check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await notice('1 record deleted').waitFor();
  await page.goto('about:blank');
  const deadline = performance.now() + PATIENCE_MS;
  while ((await find("title = 'Book 05'")).length > 0) {
    if (performance.now() > deadline) throw new Error('It was never sent');
    await Bun.sleep(50);
  }
  await page.goto(`${server.url}/admin/#/collections/books/records?sort=title`);
  await counted('89 records').waitFor();
});

test('more than twenty go only after the number was typed, with a copy offered first', async () => {
  await page.getByLabel('Select all on this page').check();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const confirm = dialog().getByRole('button', { name: 'Delete 50 records' });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog().getByRole('button', { name: 'Export them first' }).waitFor();
  await dialog().getByRole('textbox').fill('50');
  await confirm.click();
  await notice('50 records deleted').waitFor();
  await counted('39 records').waitFor();
  expect((await admin.get(`${PATH}?limit=1`)).body.total).toBe(39);
});

test('columns of a file go where somebody says, and the others stay out', async () => {
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  const buffer = Buffer.from('Title,cost,colour\nNew one,99,red\nNew two,-1,blue\n');
  const file = { name: 'books.csv', mimeType: 'text/csv', buffer };
  await dialog().getByLabel('File to import').setInputFiles(file);
  const columns = dialog().getByRole('region', { name: 'Columns of the file' });
  expect(await columns.getByLabel('Title goes to').inputValue()).toBe('title');
  await columns.getByText('99 · -1').waitFor();
  await columns.getByLabel('cost goes to').selectOption('price');
  await dialog().getByText('1 column is left out.').waitFor();
  await dialog().getByRole('button', { name: 'Check the file' }).click();
  const [faults] = await Promise.all([
    page.waitForEvent('download'),
    dialog().getByRole('button', { name: 'Save the faults as CSV' }).click(),
  ]);
  expect(readFileSync(await faults.path(), 'utf8')).toContain('3,price,');
  await dialog()
    .getByRole('switch', { name: /^Leave faulty/ })
    .click();
  await dialog().getByRole('button', { name: 'Import 1 record' }).click();
  await dialog().getByRole('button', { name: 'Done' }).click();
  expect((await find("title ~ 'new'")).map(({ data }) => data)).toMatchObject([
    { title: 'New one', price: 99 },
  ]);
});

test('nothing of all this left an error on the console or asked another host', async () => {
  await watch.settle();
  expect(watch.take()).toEqual([]);
});
