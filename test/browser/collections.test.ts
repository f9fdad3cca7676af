// Collections from a file to their end, on one page, with the mouse and the keyboard only.
import { afterAll, beforeAll, expect } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import {
  openBrowser,
  openContext,
  PHONE,
  signInByCookie,
  until,
  type Watch,
  WIDE,
  watchPage,
} from './browser.ts';
import { go, look } from './look.ts';
import { createSteps } from './steps.ts';

let server: ServerProcess;
let admin: Client;
let browser: Browser;
let page: Page;
let watch: Watch;
let importedOn: string;
const test = createSteps();

beforeAll(async () => {
  server = await startBinary();
  admin = await createAdmin(server);
  const authors = { name: 'authors', schema: { fields: [{ name: 'name', type: 'string' }] } };
  expectStatus(await admin.post('/api/collections', authors), 201, 'making authors');
  browser = await openBrowser();
  const context = await openContext(browser);
  await signInByCookie(context, server.url);
  page = await context.newPage();
  watch = await watchPage(page, server.url, [
    // The refusal that a step asks for.
    /status of 422 .*\/import/,
  ]);
  await page.goto(`${server.url}/admin/#/collections`);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const dialog = () => page.locator('dialog[open]');
const notice = (text: string | RegExp) => page.locator('.toast').filter({ hasText: text });
const plan = () => page.getByRole('complementary', { name: 'What saving will do' });
const save = () => plan().getByRole('button', { name: 'Save schema' });
const fieldsOf = async (name: string) =>
  expectStatus(await admin.get(`/api/collections/${name}`), 200, name).schema.fields;

const utcDay = () => new Date().toISOString().slice(0, 10);

const CSV = `Title;Price;Sold on;Author\n${Array.from(
  { length: 30 },
  (_, at) =>
    `"Book; ${at}";${at === 29 ? 'dear' : `${at}.5`};2024-01-${String((at % 28) + 1).padStart(2, '0')};`,
).join('\n')}`;

test('a file becomes a collection: types are guessed, corrected, and its rows imported', async () => {
  await page.getByRole('link', { name: 'Choose file' }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose a file' }).click(),
  ]);
  await chooser.setFiles({
    name: 'Best books.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(CSV),
  });
  await page.getByText('30 rows.').waitFor();
  // One price is a word, so the column reads as text until somebody says better.
  await page.getByRole('button', { name: 'Edit price' }).click();
  await page
    .getByRole('group', { name: 'price, open' })
    .getByLabel('Type', { exact: true })
    .selectOption('float');
  await page.getByRole('button', { name: 'Create and import' }).click();
  await dialog().getByText('1 row of Best books.csv does not fit').waitFor();
  await dialog()
    .getByText(/Line 31, price/)
    .waitFor();
  importedOn = utcDay();
  await dialog().getByRole('button', { name: 'Import the other 29' }).click();
  await notice('Collection best_books created, 29 records imported').waitFor();
  expect((await fieldsOf('best_books')).map(({ type }: { type: string }) => type)).toEqual([
    'string',
    'float',
    'date',
    'string',
  ]);
});

test('the list tells what is new, who may, and how collections connect', async () => {
  const fields = [...(await fieldsOf('best_books'))];
  fields.push({ name: 'writer', type: 'reference', collection: 'authors', on_delete: 'set_null' });
  const body = { schema: { fields } };
  expectStatus(await admin.patch('/api/collections/best_books', body), 200, 'adding a reference');
  await go(page, '/collections', 'Collections');
  await page.reload();
  const row = page.getByRole('row', { name: /best_books/ });
  const news = row.getByRole('img', { name: '29 new records in 14 days' });
  const words = await news.getAttribute('aria-label');
  // Of yesterday, if midnight came between.
  expect(words).toMatch(utcDay() === importedOn ? /, 29 of them today$/ : /, \d+ of them today$/);
  await row.getByText('Owner only').waitFor();
  await page.getByRole('link', { name: 'best_books.writer' }).waitFor();
  await page.getByText('emptied').waitFor();
  await row.getByRole('button', { name: 'More for best_books' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Export as CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('best_books.csv');
});

test('records that lack a value are filled in the same save that requires it', async () => {
  await go(page, '/collections/best_books/schema', 'Schema of best_books');
  await page.getByRole('button', { name: 'Edit author' }).click();
  const author = page.getByRole('group', { name: 'author, open' });
  await author.getByRole('switch', { name: 'Required' }).click();
  await plan().getByText('One change needs a decision before this can be saved.').waitFor();
  expect(await save().isDisabled()).toBe(true);
  await plan().getByRole('button', { name: 'Fill them with…' }).click();
  await dialog().getByLabel('Value').fill('unknown');
  await dialog().getByRole('button', { name: 'Fill them' }).click();
  await plan().getByText('29 records without a value get its default').waitFor();
  await save().click();
  await notice('Schema saved').waitFor();
  const { body } = await admin.get(`/api/collections/best_books/records?filter=author='unknown'`);
  expect(body.total).toBe(29);
});

test('a removed field asks for its name, offers its values, and goes only with the save', async () => {
  const title = page.getByRole('group', { name: 'title, open' });
  await page.getByRole('button', { name: 'Edit title' }).click();
  await title.getByLabel('Name', { exact: true }).fill('heading');
  await page.getByRole('button', { name: 'Edit price' }).click();
  await page
    .getByRole('group', { name: 'price, open' })
    .getByRole('button', { name: 'Remove field' })
    .click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    plan().getByRole('link', { name: 'Download the values' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('best_books.csv');
  await plan().getByRole('button', { name: 'Delete the values…' }).click();
  await dialog().getByRole('textbox').fill('price');
  await dialog().getByRole('button', { name: 'Delete them with the save' }).click();
  await plan().getByText('Deletes values, decided').waitFor();
  await save().and(page.locator(':enabled')).waitFor();
});

test('a draft outlives a reload, and tells who changed the schema meanwhile, and what', async () => {
  page.once('dialog', (asked) => void asked.accept());
  await page.reload();
  await page.getByText('was title').waitFor();
  const fields = (await fieldsOf('best_books')).map((field: { name: string }) =>
    field.name === 'sold_on' ? { ...field, required: true } : field,
  );
  const body = { schema: { fields } };
  expectStatus(
    await admin.patch('/api/collections/best_books', body),
    200,
    'changing it meanwhile',
  );
  await plan().getByRole('button', { name: 'Delete the values…' }).click();
  await dialog().getByRole('textbox').fill('price');
  await dialog().getByRole('button', { name: 'Delete them with the save' }).click();
  await save().click();
  await plan()
    .getByText(/Changed by admin@example\.com/)
    .waitFor();
  await plan().getByRole('button', { name: 'See the difference' }).click();
  await dialog().getByText('sold_on').waitFor();
  await dialog().getByText('Required').waitFor();
  await dialog().locator('footer').getByRole('button', { name: 'Close' }).click();
  await plan().getByRole('button', { name: 'Keep mine, on top of theirs' }).click();
  await plan()
    .getByText(/^sold_on changes/)
    .waitFor({ state: 'detached' });
  // What was decided still is.
  await plan().getByText('Deletes values, decided').waitFor();
  await save().click();
  await notice('Schema saved').waitFor();
  const names = (await fieldsOf('best_books')).map(({ name }: { name: string }) => name);
  expect(names).toEqual(['heading', 'sold_on', 'author', 'writer']);
});

test('the JSON is written in an editor that keeps the strict policy and lets the Tab key out', async () => {
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  const editor = page.getByRole('textbox', { name: 'Schema as JSON' });
  await page.locator('.cm-editor').waitFor();
  const looks = `getComputedStyle(document.querySelector('.cm-scroller')).fontFamily`;
  expect(await page.evaluate(looks)).toContain('Hyper Mono');
  expect(await page.evaluate(`document.querySelectorAll('style').length`)).toBe(0);
  await editor.focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('x');
  const fault = page.getByRole('button', { name: /^Line \d+.*This is not JSON/ });
  await fault.waitFor();
  expect(await editor.getAttribute('aria-invalid')).toBe('true');
  await fault.click();
  await page.keyboard.press('Delete');
  await fault.waitFor({ state: 'detached' });
  // Typed over colours: the browser would carry them on in a style attribute.
  const text = JSON.stringify({ fields: await fieldsOf('best_books') });
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+Shift+End');
  await page.keyboard.type('{}');
  await plan().getByText('The server is asked once the faults are mended.').waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
  await plan().getByText('Nothing yet: all is as it is stored.').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await until(page, `!document.querySelector('.cm-editor').contains(document.activeElement)`);
  expect(watch.take()).toEqual([]);
  for (const viewport of [PHONE, WIDE]) {
    await page.setViewportSize(viewport);
    await watch.settle();
    expect(await look(page, watch)).toEqual([]);
  }
});

test('a rule of one field is set beside those of the records, and told to whom it hides it', async () => {
  await go(page, '/collections/best_books/access', 'Access to best_books');
  await page.getByLabel('Add a field rule').selectOption('author');
  await page.getByLabel('Who may read author').selectOption('admin');
  await page.getByText(/read by admins only, written as the record/).waitFor();
  await page.getByLabel('Person').selectOption('owner');
  await page.getByText('only their own records, without author').waitFor();
  await page.getByRole('button', { name: 'Save access' }).click();
  await notice('Access saved').waitFor();
  expect((await fieldsOf('best_books'))[2]).toMatchObject({ name: 'author', read: 'admin' });
});

test('opening writes to everyone asks once, and can be left', async () => {
  await page.getByRole('radio', { name: 'Delete: Anyone' }).check();
  await page.getByRole('button', { name: 'Save access' }).click();
  await dialog()
    .getByText('Anyone on the internet will be able to delete records of best_books.')
    .waitFor();
  await dialog().getByRole('button', { name: 'Keep it closed' }).click();
  await page.getByRole('button', { name: 'Undo all' }).click();
});

test('a collection that others lead to says which before it can go; then it goes by its name', async () => {
  await go(page, '/collections/authors/settings', 'Settings of authors');
  await page.getByRole('button', { name: 'Delete collection' }).click();
  await dialog().getByRole('link', { name: 'best_books.writer' }).waitFor();
  await dialog().locator('footer').getByRole('button', { name: 'Close' }).click();
  // What is asked anew as the page opens may come late: it does not close the question.
  const { promise: isAsked, resolve: answer } = Promise.withResolvers<void>();
  await page.route(/\/api\/collections\/best_books$/, async (route) => {
    await isAsked;
    await route.continue();
  });
  await go(page, '/collections/best_books/settings', 'Settings of best_books');
  await page.getByRole('button', { name: 'Delete collection' }).click();
  await dialog()
    .getByText(/Its 29 records go at once/)
    .waitFor();
  answer();
  await watch.settle();
  await dialog().getByText('tinybase db backup before-delete.db').waitFor();
  await dialog().getByRole('textbox').fill('best_books');
  await dialog().getByRole('button', { name: 'Delete collection' }).click();
  await notice('Collection best_books deleted').waitFor();
  expect((await admin.get('/api/collections/best_books')).status).toBe(404);
});

test('by keyboard alone a field is added and moved; a reload and a save keep what one was at', async () => {
  await go(page, '/collections/new', 'New collection');
  await page.getByLabel('Label').fill('Späte Bücher');
  await page.getByRole('heading', { level: 1 }).click();
  for (const name of ['first', 'second']) {
    await page.keyboard.press('a');
    await until(page, `document.activeElement.matches('[data-name]')`);
    await page.keyboard.type(name);
    await page.getByRole('heading', { level: 1 }).click();
  }
  page.once('dialog', (leaving) => void leaving.accept());
  await page.reload();
  await page.getByRole('button', { name: 'Edit second' }).waitFor();
  expect(await page.getByLabel('Name', { exact: true }).first().inputValue()).toBe('spate_bucher');
  await page.keyboard.press('Control+s');
  await notice('Collection spate_bucher created').waitFor();
  await go(page, '/collections/spate_bucher/schema', 'Schema of spate_bucher');
  await page.getByRole('button', { name: /^Move second/ }).focus();
  await page.keyboard.press('Alt+ArrowUp');
  await plan().getByText('The fields stand in another order, in forms and lists.').waitFor();
  await page.keyboard.press('Control+s');
  await notice('Schema saved').waitFor();
  await until(page, `document.activeElement.ariaLabel?.startsWith('Move second')`);
  const names = (await fieldsOf('spate_bucher')).map(({ name }: { name: string }) => name);
  expect(names).toEqual(['second', 'first']);
  await go(page, '/collections/new', 'New collection');
  expect(await page.getByLabel('Label').inputValue()).toBe('');
  expect(watch.take()).toEqual([]);
});
