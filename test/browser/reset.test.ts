import { expect, test } from 'bun:test';
import { client, createAdmin, startBinary } from '../support/binary.ts';
import { openBrowser, openContext, watchPage } from './browser.ts';

const ANN = { email: 'ann@example.com', password: 'the old password' };
const CHANGED = 'a wholly new password';
const FORM = 'Choose a new password';

test('a reset link sets a new password once, keeps its token out of the address, and serves every account', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const ann = (await client(server.url).post('/api/auth/register', ANN)).body;
  const { token } = (await admin.post(`/api/admin/users/${ann.id}/reset-link`)).body;
  await using browser = await openBrowser();
  await using context = await openContext(browser);
  const page = await context.newPage();
  // The second use of the link is refused, which a browser notes by itself.
  const watch = await watchPage(page, server.url, [/password-reset\/confirm/, /401/]);
  const link = `${server.url}/admin/#/reset?token=${token}`;

  await page.goto(link);
  await page.getByRole('heading', { level: 1, name: FORM }).waitFor();
  expect(page.url()).toBe(`${server.url}/admin/#/reset`);
  expect(await page.evaluate('document.documentElement.outerHTML')).not.toContain(token);
  const field = page.getByLabel('New password', { exact: true });
  await field.fill('short');
  await page.keyboard.press('Enter');
  await page.getByText('At least 8 characters, this has 5.').waitFor();
  await field.fill(CHANGED);
  await page.keyboard.press('Enter');
  await page.getByText('Your password is changed.').waitFor();

  const signIn = (password: string) =>
    client(server.url).post('/api/auth/login', { email: ANN.email, password });
  expect((await signIn(ANN.password)).status).toBe(401);
  expect((await signIn(CHANGED)).status).toBe(200);

  await page.goto('about:blank');
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill('yet another password');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('This link was used already, or is too old.').waitFor();
  expect((await signIn(CHANGED)).status).toBe(200);
  expect(watch.take()).toEqual([]);
});
