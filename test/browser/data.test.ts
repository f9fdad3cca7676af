// What the data engine can do, with the mouse and the keyboard: every type, filters, files, plans.
import { afterAll, beforeAll, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { createAdmin, createUser, type ServerProcess, startBinary } from '../support/binary.ts';
import { openBrowser, openContext, signInByCookie, type Watch, watchPage } from './browser.ts';
import { go } from './look.ts';
import { createSteps } from './steps.ts';

let server: ServerProcess;
let admin: Client;
let browser: Browser;
let page: Page;
let watch: Watch;
const test = createSteps();

const AUTHORS = { name: 'authors', schema: { fields: [{ name: 'name', type: 'string' }] } };
const BOOKS = {
  name: 'books',
  schema: {
    fields: [
      { name: 'title', type: 'string', required: true, max_length: 80 },
      { name: 'price', type: 'float' },
      { name: 'author', type: 'reference', collection: 'authors' },
      { name: 'reader', type: 'reference', collection: 'users', on_delete: 'set_null' },
      { name: 'published', type: 'date', min: '1900-01-01' },
      { name: 'due', type: 'datetime' },
      { name: 'contact', type: 'email' },
      { name: 'page', type: 'url' },
      { name: 'ticket', type: 'uuid' },
      { name: 'extra', type: 'json', max_bytes: 100 },
      { name: 'code', type: 'string', unique: true, max_length: 20 },
    ],
  },
};

beforeAll(async () => {
  server = await startBinary();
  admin = await createAdmin(server);
  expectStatus(await admin.post('/api/collections', AUTHORS), 201, 'making authors');
  expectStatus(await admin.post('/api/collections', BOOKS), 201, 'making books');
  for (const name of ["Ada O'Neil", 'Bela Bart', 'Carla Croft']) {
    const made = await admin.post('/api/collections/authors/records', { name });
    expectStatus(made, 201, `making ${name}`);
  }
  await createUser(server.url, 'rui@example.com');
  browser = await openBrowser();
  const context = await openContext(browser, { timezoneId: 'America/New_York' });
  await signInByCookie(context, server.url);
  page = await context.newPage();
  watch = await watchPage(page, server.url, [
    // The refusals that the steps ask for.
    /status of 422 .*records\?.*filter=/,
    /status of 422 .*\/import\?/,
  ]);
  await page.goto(`${server.url}/admin/#/collections/books/records`);
  await page.getByText('No books yet').waitFor();
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const drawer = () => page.locator('aside.drawer');
const dialog = () => page.getByRole('dialog');
const notice = (text: string | RegExp) => page.locator('.toast').filter({ hasText: text });
const counted = (text: string | RegExp) => page.locator('.tools .count').filter({ hasText: text });
const box = () => page.getByRole('textbox', { name: 'Filter' });
const row = (name: RegExp) => page.getByRole('row', { name });

async function stored(): Promise<Record<string, unknown>[]> {
  const { body } = await admin.get('/api/collections/books/records?sort=title');
  return body.items.map(({ data }: { data: Record<string, unknown> }) => data);
}

test('a record with a value of every type is made in the form, a time in the zone of who types it', async () => {
  await page
    .getByRole('button', { name: /^New record/ })
    .first()
    .click();
  await drawer()
    .getByRole('textbox', { name: /^title/ })
    .fill('Ferns');

  const author = drawer().getByRole('combobox', { name: /^author/ });
  await author.fill("o'ne");
  await page.getByRole('option', { name: /Ada O'Neil/ }).click();
  await drawer().getByRole('link', { name: "Ada O'Neil" }).waitFor();
  const reader = drawer().getByRole('combobox', { name: /^reader/ });
  await reader.fill('rui');
  await page.getByRole('option', { name: /rui@example.com/ }).waitFor();
  await reader.press('ArrowDown');
  await reader.press('Enter');
  await drawer().getByRole('link', { name: 'rui@example.com' }).waitFor();

  await drawer()
    .getByLabel(/^published/)
    .fill('2026-02-28');
  await drawer().getByLabel(/^due/).fill('2026-07-01T12:30:15');
  await drawer().getByText('2026-07-01T16:30:15.000Z in UTC').waitFor();
  await drawer()
    .getByLabel(/^contact/)
    .fill('no address');
  await drawer().getByLabel(/^page/).fill('https://example.com/a');
  await drawer().getByRole('button', { name: 'Make a new UUID for ticket' }).click();
  await drawer()
    .getByLabel(/^extra/)
    .fill('{"a" 1}');
  await drawer()
    .getByRole('button', { name: /^Create record/ })
    .click();
  await drawer().getByText('An e-mail address is expected').waitFor();
  await drawer()
    .getByText(/^Line 1, place 6/)
    .waitFor();
  expect(await stored()).toEqual([]);

  await drawer()
    .getByLabel(/^contact/)
    .fill('Ada@Example.com');
  await drawer()
    .getByLabel(/^extra/)
    .fill('"a text is JSON too"');
  await drawer()
    .getByRole('button', { name: /^Create record/ })
    .click();
  await notice('Record created').waitFor();
  expect(await stored()).toEqual([
    {
      title: 'Ferns',
      author: expect.any(String),
      reader: expect.any(String),
      published: '2026-02-28',
      due: '2026-07-01T16:30:15.000Z',
      contact: 'ada@example.com',
      page: 'https://example.com/a',
      ticket: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
      extra: 'a text is JSON too',
    },
  ]);
});

test('the table names what references lead to, and links to it', async () => {
  await drawer().getByRole('button', { name: 'Close, Escape' }).click();
  const cell = row(/Ferns/).getByRole('link', { name: "Ada O'Neil" });
  expect(await cell.getAttribute('href')).toMatch(/^#\/collections\/authors\/records\?open=/);
  await row(/Ferns/).getByRole('link', { name: 'rui@example.com' }).waitFor();
  const site = row(/Ferns/).getByRole('link', { name: 'https://example.com/a' });
  expect(await site.getAttribute('rel')).toContain('noreferrer');
  await row(/Ferns/).getByText('1 Jul, 12:30:15').waitFor();
});

test('a file with faults is checked first and writes nothing', async () => {
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  const file = dialog().getByLabel('File to import');
  const list = { name: 'books.json', mimeType: 'application/json', buffer: Buffer.from('[{}]') };
  await file.setInputFiles(list);
  await dialog().getByText('A record a line (NDJSON) or CSV can be imported').waitFor();
  const lines = [
    'title,code,price',
    ...Array.from({ length: 118 }, (_, at) => `Book ${at},c${at},${at}`),
  ];
  const text = [...lines, ',c900,1', 'Wrong,c901,cheap'].join('\n');
  await file.setInputFiles({ name: 'books.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await dialog().getByRole('button', { name: 'Check the file' }).click();
  const faults = dialog().getByRole('region', { name: 'Faults by line' });
  await faults.getByRole('row', { name: /^120 title/ }).waitFor();
  await faults.getByRole('row', { name: /^121 price/ }).waitFor();
  const go = dialog().getByRole('button', { name: 'Import 118 records' });
  expect(await go.isDisabled()).toBe(true);
  expect(await stored()).toHaveLength(1);
});

test('its good rows are imported when that is wanted, and the others named', async () => {
  await dialog()
    .getByRole('switch', { name: /^Leave faulty rows out/ })
    .click();
  await dialog().getByRole('button', { name: 'Import 118 records' }).click();
  await dialog().getByRole('button', { name: 'Done' }).waitFor();
  expect(await dialog().locator('.tally').textContent()).toMatch(/Created\s*118.*Left out\s*2/s);
  await dialog().getByRole('button', { name: 'Done' }).click();
  await counted('119 records').waitFor();
  expect(await stored()).toHaveLength(100);
});

test('rows change the records that they name by a unique field', async () => {
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  const text =
    '{"title":"Book 0","code":"c0","price":77}\n{"title":"Book new","code":"n","price":78}\n';
  await dialog()
    .getByLabel('File to import')
    .setInputFiles({
      name: 'more.ndjson',
      mimeType: '',
      buffer: Buffer.from(text),
    });
  await dialog().getByLabel('A row whose record is there already').selectOption('code');
  await dialog().getByRole('button', { name: 'Check the file' }).click();
  await dialog().getByRole('button', { name: 'Import 2 records' }).click();
  await notice('Imported: 1 created, 1 changed').waitFor();
  await dialog().waitFor({ state: 'detached' });
  const { body } = await admin.get("/api/collections/books/records?filter=code%20in%20('c0','n')");
  expect(body.items.map(({ data }: { data: { price: number } }) => data.price).sort()).toEqual([
    77, 78,
  ]);
});

test('an upload that is stopped leaves the dialog as it was', async () => {
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.route(/\/records\/import\?/, () => {});
  const buffer = Buffer.from('title\nStopped\n');
  await dialog()
    .getByLabel('File to import')
    .setInputFiles({ name: 'stop.csv', mimeType: 'text/csv', buffer });
  await dialog().getByRole('button', { name: 'Check the file' }).click();
  await dialog().getByRole('progressbar').waitFor();
  await dialog().getByRole('button', { name: 'Stop' }).click();
  await dialog().getByRole('button', { name: 'Check the file' }).waitFor();
  await dialog().getByRole('progressbar').waitFor({ state: 'detached' });
  await page.unroute(/\/records\/import\?/);
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
});

test('a filter is applied with Enter, kept in the address and counted', async () => {
  await page.keyboard.press('/');
  await page.getByRole('button', { name: 'Write it' }).click();
  await box().fill('');
  await page.keyboard.type('price >= 77 && title ~ "book"');
  await page.keyboard.press('Enter');
  await counted(/^43 of 120 records$/).waitFor();
  expect(decodeURIComponent(page.url()).replaceAll('+', ' ')).toContain(
    'filter=price >= 77 && title ~ "book"',
  );
  await page.reload();
  await counted(/^43 of 120 records$/).waitFor();
  await page.getByRole('button', { name: 'price is at least 77' }).waitFor();
  await page.getByRole('button', { name: 'title contains book' }).waitFor();
});

test('a sort by two heads keeps the filter, and pages walk on by cursor without a gap', async () => {
  await page.getByLabel('Rows per page').selectOption('25');
  await page.getByRole('columnheader', { name: /price/ }).getByRole('button').click();
  // The cursor is that of the last list: whoever is faster gets the next page by its number.
  const sorted = page.waitForResponse(/sort=-price%2C-title/);
  await page
    .getByRole('columnheader', { name: /title/ })
    .getByRole('button')
    .click({ modifiers: ['Shift'] });
  await (await sorted).finished();
  await watch.settle();
  await row(/Book 117/).waitFor();
  const asked = page.waitForRequest(/cursor=/);
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  expect((await asked).url()).toContain('sort=-price%2C-title');
  await page.getByText('26–43 of 43').waitFor();
  await row(/Book 92\b/).waitFor();
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await page.getByText('1–25 of 43').waitFor();
});

test('the file that is exported holds what the filter finds: the cookie goes with the link', async () => {
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog().getByRole('button', { name: 'NDJSON' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog().getByRole('link', { name: 'Export' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('books.ndjson');
  const text = readFileSync(await download.path(), 'utf8');
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(43);
  expect(rows.every(({ data }) => data.price >= 77)).toBe(true);
});

test('a filter with faults says where, and what was expected; nothing found says so', async () => {
  await page.getByRole('button', { name: 'price is at least 77' }).click();
  await box().fill("title ~ '日本' && pric > 5");
  await box().press('Enter');
  await page.getByText('there is no field "pric"; did you mean price?').waitFor();
  expect(await box().getAttribute('aria-invalid')).toBe('true');
  await page.getByRole('button', { name: 'Character 17' }).click();
  const caret = await page.evaluate('document.activeElement.selectionStart');
  expect(caret).toBe("title ~ '日本' && ".length);
  await box().fill('price > 1e6');
  await box().press('Enter');
  await page.getByText('No books match').waitFor();
  await page.getByRole('button', { name: 'Clear the filter' }).last().click();
  await counted(/^120 records$/).waitFor();
});

test('the help teaches the language with fields of the collection', async () => {
  await page.getByRole('button', { name: 'How to write a filter' }).click();
  const help = page.getByRole('dialog', { name: 'How to write a filter' });
  await help.getByRole('listitem').nth(7).waitFor();
  expect(await help.getByRole('listitem').count()).toBe(8);
  await help.getByRole('button', { name: "title ~ 'fern'" }).click();
  await page.keyboard.press('Enter');
  await counted(/^1 of 120 records$/).waitFor();
});

test('a change of the schema is planned by the server before anything is written', async () => {
  await go(page, '/collections/books/schema', 'Schema of books');
  await page.getByRole('button', { name: 'Edit price' }).click();
  const price = page.getByRole('group', { name: 'price, open' });
  await price.getByRole('switch', { name: 'Required' }).click();
  const plan = page.getByRole('complementary', { name: 'What saving will do' });
  await plan.getByText('price is required, but 1 record has no value.').waitFor();
  await plan.getByText('Needs a decision', { exact: true }).waitFor();
  const offender = plan.locator('a[href*="open="]');
  expect(await offender.count()).toBe(1);
  expect(await plan.getByRole('button', { name: 'Save schema' }).isDisabled()).toBe(true);
  await price.getByRole('switch', { name: 'Required' }).click();
  await price.getByLabel('At most').fill('100');
  await plan.getByText('The values of price in 17 records do not fit and are deleted.').waitFor();
  await plan.getByText('The first 10 of 17.').waitFor();
  expect(await offender.count()).toBe(10);
  const { body } = await admin.get('/api/collections/books');
  expect(body.schema.fields[1]).toEqual({ name: 'price', type: 'float' });
});

test('values are deleted only after the name was typed', async () => {
  const plan = page.getByRole('complementary', { name: 'What saving will do' });
  const save = plan.getByRole('button', { name: 'Save schema' });
  expect(await save.isDisabled()).toBe(true);
  await plan.getByRole('button', { name: 'Delete the values' }).click();
  const confirm = dialog().getByRole('button', { name: 'Delete them with the save' });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog().getByRole('textbox').fill('price');
  await confirm.click();
  await save.click();
  await notice('Schema saved').waitFor();
  const { body } = await admin.get('/api/collections/books/records?filter=price%20=%20null');
  expect(body.total).toBe(18);
});

test('a new field of another type and an index over two fields are safe, and saved at once', async () => {
  await page.getByRole('button', { name: /^Add field/ }).click();
  const fresh = page.getByRole('group', { name: 'New field, open' });
  await fresh.getByLabel('Name', { exact: true }).fill('made');
  const made = page.getByRole('group', { name: 'made, open' });
  await made.getByLabel('Type', { exact: true }).selectOption('datetime');
  await made.getByRole('switch', { name: 'Filled with the time of creation' }).click();
  await made.getByLabel('Not before').fill('2020-01-01T00:00:00Z');
  await made.getByLabel('Who may write it').selectOption('admin');
  await page.getByRole('button', { name: /^Add field/ }).click();
  await fresh.getByLabel('Name', { exact: true }).fill('editor');
  const editor = page.getByRole('group', { name: 'editor, open' });
  await editor.getByLabel('Type', { exact: true }).selectOption('reference');
  await editor.getByLabel('Leads to').selectOption('authors');
  await editor.getByLabel('When the record over there is deleted').selectOption('set_null');
  await page.getByRole('button', { name: 'Indexes' }).click();
  await page.getByRole('button', { name: 'Add index' }).click();
  await page.getByLabel('Add a field to the index over new index').selectOption('published');
  await page.getByLabel('Add a field to the index over published').selectOption('title');
  const plan = page.getByRole('complementary', { name: 'What saving will do' });
  await plan.getByText('An index over published, title is made.').waitFor();
  // The notice of the change before may still be there.
  const saved = page.waitForResponse(
    (answer) => answer.request().method() === 'PATCH' && !answer.url().includes('dry_run'),
  );
  await plan.getByRole('button', { name: 'Save schema' }).click();
  expect((await saved).status()).toBe(200);
  const { body } = await admin.get('/api/collections/books');
  expect(body.schema.fields.slice(-2)).toEqual([
    {
      name: 'made',
      type: 'datetime',
      default: 'now',
      min: '2020-01-01T00:00:00.000Z',
      write: 'admin',
    },
    { name: 'editor', type: 'reference', collection: 'authors', on_delete: 'set_null' },
  ]);
  expect(body.options.indexes).toEqual([{ fields: ['published', 'title'], unique: false }]);
});

test('nothing of all this left an error on the console or asked another host', async () => {
  await watch.settle();
  expect(watch.take()).toEqual([]);
});
