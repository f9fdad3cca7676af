import { expect, test } from 'bun:test';
import { client, createAdmin, createUser, startBinary } from '../support/binary.ts';
import {
  keepNotices,
  openBrowser,
  openContext,
  readableText,
  signInByCookie,
  until,
  watchPage,
} from './browser.ts';

test('an admin makes an API token that is shown once, and deletes it', async () => {
  await using server = await startBinary();
  await createAdmin(server);
  await using browser = await openBrowser();
  await using context = await openContext(browser);
  await signInByCookie(context, server.url);
  const page = await context.newPage();
  const watch = await watchPage(page, server.url);

  await page.goto(`${server.url}/admin/#/api-tokens`);
  await page.getByRole('heading', { name: 'No API tokens yet' }).waitFor();
  await page.keyboard.press('n');
  const dialog = page.getByRole('dialog', { name: 'New API token' });
  // Faults stand beside their fields before anything is sent, and the first has the focus.
  await dialog.getByRole('button', { name: 'Create token' }).click();
  await dialog.getByText('Choose what it may do.').waitFor();
  await page.keyboard.type('Nightly import');
  await dialog.getByRole('checkbox', { name: /Read records/ }).check();
  await dialog.getByRole('button', { name: 'Never' }).click();
  await dialog.getByText('It works until somebody deletes it.').waitFor();
  await dialog.getByRole('button', { name: '30 days' }).click();
  await dialog.getByRole('button', { name: 'Create token' }).click();

  const shown = page.getByRole('dialog', { name: 'The token Nightly import' });
  const token = String(await shown.locator('code').textContent()).trim();
  // Who works by keyboard stands at what is to be done next.
  await shown.getByRole('button', { name: 'Copy' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  // Chromium closes on the second one, and the app opens it again.
  // Reading the clipboard of a browser without a window may take a minute.
  await page.evaluate(
    "Clipboard.prototype.write = async ([item]) => { window.copied = await (await item.getType('text/plain')).text(); };",
  );
  await shown.getByRole('button', { name: 'Copy' }).click();
  await until(page, `window.copied === ${JSON.stringify(token)}`);
  await shown.getByRole('button', { name: 'I have stored it' }).click();
  expect(await readableText(page)).not.toContain(token);

  const program = client(server.url).as(token);
  expect((await program.get('/api/collections')).status).toBe(200);
  expect((await program.get('/api/admin/users')).status).toBe(403);

  await page.getByRole('link', { name: 'Nightly import' }).click();
  const drawer = page.getByRole('complementary', { name: 'Nightly import' });
  await drawer.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete token' }).click();
  await page.getByRole('heading', { name: 'No API tokens yet' }).waitFor();
  expect((await program.get('/api/collections')).status).toBe(401);
  expect(watch.take()).toEqual([]);
});

test('an admin makes an account, signs it out, disables it, takes that back, and deletes it', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const ann = await createUser(server.url, 'ann@example.com');
  const notes = { name: 'notes', schema: { fields: [{ name: 'text', type: 'string' }] } };
  await admin.post('/api/collections', notes);
  await client(server.url).as(ann.token).post('/api/collections/notes/records', { text: 'mine' });
  await using browser = await openBrowser();
  await using context = await openContext(browser);
  await signInByCookie(context, server.url);
  const page = await context.newPage();
  await keepNotices(page);
  const watch = await watchPage(page, server.url);
  const isActive = async () => (await admin.get(`/api/admin/users/${ann.id}`)).body.is_active;

  await page.goto(`${server.url}/admin/#/users`);
  await page.getByRole('button', { name: 'New user' }).click();
  await page.getByLabel('E-mail', { exact: true }).fill('dan@example.com');
  await page.keyboard.press('Enter');
  const dan = page.getByRole('complementary', { name: 'dan@example.com' });
  await dan.getByText('No device.').waitFor();
  // Who never came was never seen, and who is here was seen just now.
  const rowOf = (email: string) => page.getByRole('row', { name: new RegExp(email) }).textContent();
  expect(await rowOf('dan@example.com')).toContain('never');
  expect(await rowOf('ann@example.com')).not.toContain('never');
  await dan.getByRole('button', { name: 'Make a reset link' }).click();
  const link = page.getByRole('dialog', { name: 'A new password for dan@example.com' });
  expect(await link.locator('code').textContent()).toContain(`${server.url}/admin/#/reset?token=`);
  await link.getByRole('button', { name: 'Done' }).click();

  // Of whom there are many, some can be looked at.
  await page.getByLabel('Who').selectOption('Admins');
  await page.getByText('1 user found').waitFor();
  expect(await page.getByRole('link', { name: 'ann@example.com' }).count()).toBe(0);
  await page.getByLabel('Who').selectOption('Everybody');

  await page.getByRole('link', { name: 'ann@example.com' }).click();
  const drawer = page.getByRole('complementary', { name: 'ann@example.com' });
  const owned = drawer.getByRole('link', { name: 'notes' });
  expect(await owned.getAttribute('href')).toContain(`filter=owner_id+=+'${ann.id}'`);
  await drawer.getByRole('button', { name: /^Sign out on/ }).click();
  await drawer.getByText('No device.').waitFor();
  expect((await client(server.url).as(ann.token).get('/api/auth/me')).status).toBe(401);

  await drawer.getByRole('switch', { name: 'May sign in' }).click();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  expect(await isActive()).toBe(false);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Taken back').first().waitFor();
  expect(await isActive()).toBe(true);

  await drawer.getByRole('switch', { name: 'E-mail verified' }).click();
  await page.getByText('ann@example.com counts as verified').first().waitFor();
  expect((await admin.get(`/api/admin/users/${ann.id}`)).body.email_verified).toBe(true);

  // A switch whose question is answered with no is as it was.
  await drawer.getByRole('switch', { name: 'Admin' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await drawer.getByRole('switch', { name: 'Admin' }).isChecked()).toBe(false);

  await drawer.getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Delete the user ann@example.com?' });
  await question.getByText('It owns 1 record: 1 in notes.').waitFor();
  expect(await question.getByRole('button', { name: 'Delete user' }).isDisabled()).toBe(true);
  await question.getByRole('textbox').fill('ann@example.com');
  await question.getByRole('button', { name: 'Delete user' }).click();
  await drawer.waitFor({ state: 'detached' });
  expect((await admin.get(`/api/admin/users/${ann.id}`)).status).toBe(404);
  expect(watch.take()).toEqual([]);
});
