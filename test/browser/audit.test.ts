import { expect, test } from 'bun:test';
import { createAdmin, createUser, startBinary } from '../support/binary.ts';
import { openBrowser, openContext, signInByCookie, watchPage } from './browser.ts';
import { HOSTILE } from './page-data.ts';

test('the audit log tells who did what, is narrowed, and shows what was and is', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const ann = await createUser(server.url, 'ann@example.com');
  await admin.patch(`/api/admin/users/${ann.id}`, { is_admin: true, password: 'a new password' });
  await admin.post('/api/admin/api-tokens', { name: HOSTILE.image, scopes: ['admin'] });
  await using browser = await openBrowser();
  await using context = await openContext(browser);
  await signInByCookie(context, server.url);
  const page = await context.newPage();
  const watch = await watchPage(page, server.url);

  await page.goto(`${server.url}/admin/#/`);
  await page.getByRole('link', { name: 'Audit log' }).click();
  const log = page.getByRole('table', { name: 'Audit log' });
  // A name is text, whatever it holds.
  await log.getByText(HOSTILE.image).waitFor();
  expect(await page.evaluate('window.wasHit')).toBeUndefined();

  await page.getByLabel('What was done').selectOption({ label: 'Changed the account' });
  await page.getByText('1 entry').waitFor();
  await log.getByRole('link', { name: /Changed the account ann@example.com/ }).click();
  const drawer = page.getByRole('complementary', { name: 'Changed the account' });
  await drawer.getByText('false becomes true').waitFor();
  await drawer.getByText('a new one, not shown').waitFor();
  await drawer.getByText('127.0.0.1').waitFor();
  await drawer.getByRole('link', { name: 'All about this' }).click();
  await page.getByText('about ann@example.com').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('nobody');
  await page.getByText('No entry fits this filter').waitFor();
  expect(watch.take()).toEqual([]);
});
