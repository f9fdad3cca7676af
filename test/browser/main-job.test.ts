// The main job from an empty folder to a call in the history, with the mouse and the keyboard only.
import { afterAll, beforeAll, expect } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { ADMIN, type ServerProcess, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import {
  keepNotices,
  NOBODY_YET,
  openBrowser,
  openContext,
  type Watch,
  watchPage,
} from './browser.ts';
import { createSteps } from './steps.ts';

let server: ServerProcess;
let browser: Browser;
let page: Page;
let watch: Watch;
const test = createSteps();

// The tests are the steps of one job, in this order, in one window.
beforeAll(async () => {
  server = await startBinary();
  browser = await openBrowser();
  page = await (await openContext(browser)).newPage();
  await keepNotices(page);
  watch = await watchPage(page, server.url, [
    NOBODY_YET,
    // The faults that the steps make on purpose.
    /status of 401 .*\/api\/auth\/login\)$/,
  ]);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const drawer = () => page.locator('aside.drawer');
const notice = (text: string | RegExp) => page.locator('.toast').filter({ hasText: text });

/** What the server has, asked from within the window: with the cookie of whoever is signed in. */
async function readRecords(): Promise<Record<string, unknown>[]> {
  const body = await page.evaluate(
    `fetch('/api/collections/plants/records').then((answer) => answer.json())`,
  );
  return (body as { items: { data: Record<string, unknown> }[] }).items.map(({ data }) => data);
}

test('the set-up link that serve prints makes the first admin and opens the overview in its empty form', async () => {
  const link = /http:\/\/\S+#\/setup\?token=[\w-]+/.exec(server.stdout())?.[0];
  expect(link, server.stdout()).toStartWith(`${server.url}/admin`);
  await page.goto(String(link));
  await heading('Make the first admin').waitFor();
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create admin and sign in' }).click();
  await page.getByText('At least 8 characters, this has 5.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
  await page.getByRole('button', { name: 'Create admin and sign in' }).click();
  await heading('Overview').waitFor();
  await page.getByRole('heading', { name: 'Three steps to your backend' }).waitFor();
  await page.getByText('0 of 3 done').waitFor();
  expect(page.url()).not.toContain('token');
});

test('a collection with fields of several types is made in the visual editor', async () => {
  await page.getByRole('main').getByRole('link', { name: 'New collection' }).click();
  await heading('New collection').waitFor();
  await page.getByLabel('Label').fill('Plants');
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('plants');

  await addField('title', 'string');
  const title = page.getByRole('group', { name: 'title, open' });
  await title
    .getByRole('checkbox', { name: 'Required' })
    .or(title.getByRole('switch', { name: 'Required' }))
    .click();
  await title.getByLabel('Longest, in characters').fill('20');
  await addField('height', 'integer');
  await page.getByRole('group', { name: 'height, open' }).getByLabel('At least').fill('0');
  await addField('evergreen', 'boolean');
  await addField('tags', 'list');
  await page
    .getByRole('group', { name: 'tags, open' })
    .getByLabel('Each item', { exact: true })
    .selectOption('string');

  await page.getByRole('button', { name: 'Create collection' }).click();
  await heading('plants').waitFor();
  await page.getByText('No plants yet').waitFor();
  await notice('Collection plants created').waitFor();
});

async function addField(name: string, type: string): Promise<void> {
  await page.getByRole('button', { name: 'Add field', exact: true }).click();
  const fresh = page.getByRole('group', { name: 'New field, open' });
  await fresh.getByLabel('Name', { exact: true }).fill(name);
  const group = page.getByRole('group', { name: `${name}, open` });
  await group.getByLabel('Type', { exact: true }).selectOption(type);
}

test('a record is created in the drawer, after the fault was shown beside its field', async () => {
  await page
    .getByRole('main')
    .getByRole('button', { name: /^New record/ })
    .first()
    .click();
  await drawer().getByRole('heading', { name: /new/i }).waitFor();
  const height = drawer().getByRole('textbox', { name: /height/ });
  await drawer().getByRole('textbox', { name: /title/ }).fill('A fern of the wood');
  await height.fill('-3');
  await drawer()
    .getByRole('button', { name: /^Create record/ })
    .click();
  const fault = drawer()
    .locator('.field', { has: page.getByRole('textbox', { name: /height/ }) })
    .locator('.fault');
  await fault.waitFor();
  expect(await height.getAttribute('aria-invalid')).toBe('true');
  expect(await height.getAttribute('aria-describedby')).toContain(
    String(await fault.getAttribute('id')),
  );
  expect(await readRecords()).toEqual([]);
  await height.fill('60');
  await drawer()
    .getByRole('button', { name: /^Create record/ })
    .click();
  await notice('Record created').waitFor();
  expect(await readRecords()).toMatchObject([{ title: 'A fern of the wood', height: 60 }]);
});

test('the record is edited, seen over HTTP, deleted, and brought back with undo', async () => {
  await drawer().getByRole('textbox', { name: /title/ }).fill('A tall fern');
  await drawer().getByRole('button', { name: /^Save/ }).click();
  await notice('Record saved').waitFor();
  expect(await readRecords()).toMatchObject([{ title: 'A tall fern', height: 60 }]);
  await page.getByRole('row', { name: /A tall fern/ }).waitFor();

  await drawer().getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /^Delete/ }).click();
  await notice(/deleted/).waitFor();
  await page.getByRole('row', { name: /A tall fern/ }).waitFor({ state: 'detached' });
  await notice(/deleted/)
    .getByRole('button', { name: 'Undo' })
    .click();
  await page.getByRole('row', { name: /A tall fern/ }).waitFor();
  expect(await readRecords()).toHaveLength(1);
});

test('a function file that is written appears by itself and runs with the generated form', async () => {
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: 'Functions' })
    .click();
  await heading('Functions').waitFor();
  await page.getByText('No functions yet').waitFor();
  writeFiles(server.dir, {
    'functions/water_needed.ts': `import { register, t } from 'tinybase';
export default register({
  description: 'Litres for some plants',
  input: t.Object({ plants: t.Integer({ minimum: 1 }), litres: t.Number() }),
  output: t.Object({ total: t.Number() }),
}, async (_ctx, { plants, litres }) => {
  console.log('pouring');
  return { total: plants * litres };
});
`,
  });
  await page.getByRole('link', { name: 'water_needed' }).click();
  await heading('water_needed').waitFor();
  await page.getByText('Litres for some plants').waitFor();
  await page.getByRole('textbox', { name: /plants/ }).fill('4');
  await page.getByRole('textbox', { name: /litres/ }).fill('2.5');
  await page.getByRole('button', { name: /^Run/ }).click();
  await page.getByText(/^Succeeded in/).waitFor();
  expect(await page.getByRole('region', { name: 'Result' }).textContent()).toMatch(/"total": 10\b/);
  expect(await page.getByRole('region', { name: 'Console of this call' }).textContent()).toContain(
    'pouring',
  );
});

test('the call stands in the history', async () => {
  const id = String(
    await page.getByRole('region', { name: 'Result' }).locator('a.where').textContent(),
  );
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Calls' }).click();
  await heading('Calls').waitFor();
  const row = page.getByRole('row', { name: /water_needed/ });
  await row.getByText('Succeeded').waitFor();
  await row.getByText(ADMIN.email).waitFor();
  await row.getByRole('link').click();
  await drawer().getByText(id, { exact: true }).waitFor();
});

test('the overview now shows its figures and that the steps are done', async () => {
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: 'Overview' })
    .click();
  await heading('Overview').waitFor();
  const slowest = page.getByRole('region', { name: 'Slowest functions' });
  await slowest.getByText('water_needed').waitFor();
});

test('after signing out a wrong password is told, and the right one leads to the record that was asked for', async () => {
  await page.goto(`${server.url}/admin/#/collections/plants/records`);
  await page.getByRole('link', { name: /A tall fern/ }).click();
  await drawer().getByRole('textbox', { name: /title/ }).waitFor();
  const deepLink = page.url();
  await page.getByRole('button', { name: `Account of ${ADMIN.email}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(/^Sign in/).waitFor();

  await page.goto(deepLink);
  await heading(/^Sign in/).waitFor();
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password', { exact: true }).fill('a wrong password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('E-mail or password is wrong.').waitFor();
  expect(await page.getByLabel('E-mail').inputValue()).toBe(ADMIN.email);
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
  await page.keyboard.press('Enter');
  await drawer().getByRole('textbox', { name: /title/ }).waitFor();
  expect(await drawer().getByRole('textbox', { name: /title/ }).inputValue()).toBe('A tall fern');
  expect(page.url()).toBe(deepLink);
});

test('nothing of all this left an error on the console or asked another host', () => {
  expect(watch.take()).toEqual([]);
});
