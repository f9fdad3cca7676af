import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Client } from '../../scripts/support/http-client.ts';
import {
  client,
  createAdmin,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import {
  openBrowser,
  openContext,
  signInByCookie,
  until,
  type Watch,
  watchPage,
} from './browser.ts';
import { arrive, look } from './look.ts';
import { HOSTILE } from './page-data.ts';

const SETTINGS = '/api/admin/settings';
const TOML =
  '[server]\nmetrics_token = "hush-metrics-token"\n[cors]\nallow_origins = ["https://a.example.com"]\n';

let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let admin: Client;
let page: Page;
let watch: Watch;
const dir = makeTemporaryFolder();

async function openSettings(): Promise<void> {
  context = await openContext(browser);
  await signInByCookie(context, server.url);
  page = await context.newPage();
  // A refusal that belongs to a test is noted by the browser itself.
  watch = await watchPage(page, server.url, [/status of (409|422|503)/]);
  await page.goto(`${server.url}/admin/#/settings`);
  await arrive(page, watch, 'Settings');
  await page
    .frameLocator('.mailview iframe')
    .getByText('Confirm your e-mail address')
    .first()
    .waitFor();
}

const notice = (text: string) => page.getByRole('region', { name: 'Notices' }).getByText(text);

beforeAll(async () => {
  writeFiles(dir, { 'tinybase.toml': TOML });
  server = await startBinary({ dir });
  admin = await createAdmin(server);
  browser = await openBrowser();
  await openSettings();
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

test('a new name is in the side bar, the title, on the sign-in page and in the API once it is saved', async () => {
  await page.getByLabel('Name', { exact: true }).fill('Harbour <i>Books</i>');
  await page.keyboard.press('Enter');
  await page.locator('.brand').getByText('Harbour <i>Books</i>').waitFor();
  await until(page, `document.title === 'Settings · Harbour <i>Books</i>'`);
  expect((await client(server.url).get('/')).body.name).toBe('Harbour <i>Books</i>');
  await using other = await openContext(browser);
  const gate = await other.newPage();
  await gate.goto(`${server.url}/admin/`);
  await gate.getByRole('heading', { name: 'Sign in to Harbour <i>Books</i>' }).waitFor();
});

test('a name that is not taken says why beside the field, and Undo brings the old one back', async () => {
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('x'.repeat(101));
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.getByText('must have at most 100 characters, got 101').waitFor();
  expect(await name.getAttribute('aria-invalid')).toBe('true');
  await page.locator('.savebar').getByRole('button', { name: 'Undo' }).click();
  expect(await name.inputValue()).toBe('Harbour <i>Books</i>');
  // Empty is the name that it comes with.
  await name.fill('');
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.locator('.brand').getByText('TinyBase').waitFor();
});

test('closing the registration counts at once', async () => {
  const register = async (email: string) =>
    (await client(server.url).post('/api/auth/register', { email, password: 'long enough' }))
      .status;
  expect(await register('ann@example.com')).toBe(201);
  await page.getByLabel('Closed').check();
  await page.getByRole('button', { name: 'Save registration' }).click();
  await notice('Registration is closed now').waitFor();
  expect(await register('bob@example.com')).toBe(403);
});

test('a mail is written beside its preview, with faults under the field and nothing saved before it is', async () => {
  const subject = page.getByLabel('Subject');
  await subject.fill('Welcome to {{instanc_name}}');
  await page.getByText('has no value for {{instanc_name}}').waitFor();
  await subject.fill('Welcome to {{instance_name}}');
  await page.locator('.mailview').getByText('Welcome to TinyBase').waitFor();
  expect((await admin.get(SETTINGS)).body.mail_templates).toEqual({});

  await page.getByRole('button', { name: 'Plain text' }).click();
  const source = page.locator('textarea.mailsource');
  await source.fill('Go: ');
  await page.getByRole('button', { name: 'Put in url' }).click();
  expect(await source.inputValue()).toBe('Go: {{url}}');
  await page.locator('.mailview pre').getByText('Go: http').waitFor();
  // What is being written in one mail stays while another is looked at.
  await page.getByRole('tab', { name: 'New password' }).click();
  await page.locator('.mailview').getByText('Set a new password').first().waitFor();
  await page.getByRole('tab', { name: 'Confirm address' }).click();
  await page.getByRole('button', { name: 'Save mail' }).click();
  await notice('Mail "Confirm address" saved').waitFor();
  expect((await admin.get(SETTINGS)).body.mail_templates).toEqual({
    verify_email: { subject: 'Welcome to {{instance_name}}', text: 'Go: {{url}}' },
  });

  await page.getByRole('button', { name: 'Original text' }).click();
  await page.getByRole('button', { name: 'Save mail' }).click();
  await until(page, `document.querySelector('.savebar') === null`);
  expect((await admin.get(SETTINGS)).body.mail_templates).toEqual({});
});

test('HTML of an attacker in a mail runs nothing, loads nothing and leads nowhere in the preview', async () => {
  await page.getByRole('button', { name: 'HTML', exact: true }).click();
  const html = [
    ...Object.values(HOSTILE).filter((text) => !text.includes('{{')),
    '<p id="seen" style="color: rgb(1, 2, 3)" onclick="parent.wasHit = 6">{{url}}</p>',
    '<style>p { font-weight: 700 }</style>',
    '<a href="javascript:parent.wasHit=7" alt="a > b" style=color:red>a</a>',
    '<svg onload="parent.wasHit = 8"><style>p{color:red}</style></svg>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<img src="https://evil.example/pixel.png"><link rel="stylesheet" href="//evil.example/x.css">',
    '<form action="https://evil.example/"><button>b</button></form>',
  ].join('\n');
  await page.locator('textarea.mailsource').fill(html);
  const seen = page.frameLocator('.mailview iframe').locator('#seen');
  await seen.waitFor();
  await seen.click();
  const style = `getComputedStyle(document.querySelector('.mailview iframe')
    .contentDocument.getElementById('seen'))`;
  expect(await page.evaluate(`${style}.color`)).toBe('rgb(1, 2, 3)');
  expect(await page.evaluate(`${style}.fontWeight`)).toBe('700');
  await watch.settle();
  expect(await page.evaluate('window.wasHit')).toBeUndefined();
  expect(watch.urls.filter((url) => url.includes('evil'))).toEqual([]);
  expect(watch.take()).toEqual([]);
  await page.locator('.savebar').getByRole('button', { name: 'Undo' }).click();
});

test('a test mail that cannot be sent says why in the dialog', async () => {
  await page.getByRole('button', { name: 'Send a test' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send a test: Confirm address' });
  await dialog.getByLabel('To').fill('nobody');
  await dialog.getByRole('button', { name: 'Send test' }).click();
  await dialog.locator('.fault').waitFor();
  await dialog.getByLabel('To').fill('ann@example.com');
  await dialog.getByRole('button', { name: 'Send test' }).click();
  await dialog.getByText('This server sends no mail').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

test('the configuration can be filtered, says where each value comes from and shows no secret', async () => {
  const table = page.getByRole('region', { name: 'Configuration', exact: true });
  await page.getByRole('button', { name: 'Only set' }).click();
  const rows = table.locator('tbody tr');
  await until(page, `document.querySelectorAll('#s-config tbody tr').length === 4`);
  expect(await rows.allInnerTexts()).toEqual([
    expect.stringMatching(/server\.host.*127\.0\.0\.1.*--host/s),
    expect.stringMatching(/server\.port.*--port/s),
    expect.stringMatching(/server\.metrics_token.*Set, not shown.*tinybase\.toml:2/s),
    expect.stringMatching(/cors\.allow_origins.*https:\/\/a\.example\.com.*tinybase\.toml:4/s),
  ]);
  await page.getByRole('searchbox').fill('metrics');
  await until(page, `document.querySelectorAll('#s-config tbody tr').length === 1`);
  expect(await page.evaluate('document.documentElement.outerHTML')).not.toContain('hush');
});

test('a link to a section stays there when the mails above it come later', async () => {
  await page.goto('about:blank');
  await page.goto(`${server.url}/admin/#/settings?at=config`);
  await page.locator('.mailview iframe').waitFor();
  const top = `document.getElementById('s-config').getBoundingClientRect().top`;
  await until(page, `${top} > 0 && ${top} < innerHeight / 4`);
});

test('leaving with changes asks, and Keep editing keeps them', async () => {
  await page.getByLabel('Name', { exact: true }).fill('Half a na');
  await page.getByRole('link', { name: 'Users' }).click();
  const question = page.getByRole('dialog', { name: 'Throw away your changes?' });
  await question.getByRole('button', { name: 'Keep editing' }).click();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Half a na');
  await page.getByRole('link', { name: 'Users' }).click();
  await question.getByRole('button', { name: 'Throw away' }).click();
  await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
  expect(watch.take()).toEqual([]);
});

test('what the file decides is locked, with the line, while the page is open as well as after', async () => {
  await page.evaluate(`location.hash = '#/settings'`);
  await page.getByLabel('Open').check();
  await server.stop();
  writeFiles(dir, { 'tinybase.toml': `${TOML}[auth]\nregistration = "closed"\n` });
  server = await server.restart();
  await page.getByRole('button', { name: 'Save registration' }).click();
  await page.getByText('Set in tinybase.toml, line 6. Change it there.').waitFor();
  expect(await page.getByLabel('Open').isDisabled()).toBe(true);
  expect(await page.getByLabel('Closed').isChecked()).toBe(true);
  const faults = await look(page, watch);
  expect(faults.filter((fault) => !/ERR_|Failed to load/.test(fault))).toEqual([]);
});
