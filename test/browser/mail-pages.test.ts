import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { client, createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import { openSmtp, type SmtpDouble, tokenIn } from '../support/smtp.ts';
import { openBrowser, openContext, watchPage } from './browser.ts';

const ANN = { email: 'ann@example.com', password: 'the old password' };
const SAME = 'has an account here, a mail with a link is on its way.';

let smtp: SmtpDouble;
let server: ServerProcess;
let browser: Browser;
beforeAll(async () => {
  smtp = await openSmtp();
  server = await startBinary({
    env: {
      TINYBASE_MAIL_SMTP_URL: smtp.url,
      TINYBASE_MAIL_FROM: 'noreply@example.com',
      TINYBASE_SERVER_PUBLIC_URL: 'https://books.example.com',
    },
  });
  await createAdmin(server);
  await client(server.url).post('/api/auth/register', ANN);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await smtp?.[Symbol.asyncDispose]();
});

const isVerified = async () => {
  const session = await client(server.url).post('/api/auth/login', ANN);
  return (await client(server.url, session.body.token).get('/api/auth/me')).body.email_verified;
};

test('a link confirms an address by a click, not by being opened, and once', async () => {
  const token = tokenIn(await smtp.mailTo(ANN.email));
  await using context = await openContext(browser);
  const page = await context.newPage();
  // The second use of the link is refused, which a browser notes by itself.
  const watch = await watchPage(page, server.url, [/verify-email\/confirm/, /401/]);
  const link = `${server.url}/admin/#/verify?token=${token}`;
  await page.goto(link);
  const button = page.getByRole('button', { name: 'Confirm my address' });
  await button.waitFor();
  // Programs that look into mails open their links.
  expect(await isVerified()).toBe(false);
  expect(page.url()).toBe(`${server.url}/admin/#/verify`);
  expect(await page.evaluate('document.documentElement.outerHTML')).not.toContain(token);
  await button.click();
  await page.getByText('Your address is confirmed.').waitFor();
  expect(await isVerified()).toBe(true);
  await page.goto('about:blank');
  await page.goto(link);
  await button.click();
  await page.getByText('This link was used already, or is too old.').waitFor();
  expect(watch.take()).toEqual([]);
});

test('who forgot the password asks for a link from the sign-in page; known or not, it says the same', async () => {
  await using context = await openContext(browser);
  const page = await context.newPage();
  const watch = await watchPage(page, server.url, [/401/]);
  for (const email of [ANN.email, 'nobody@example.com']) {
    await page.goto(`${server.url}/admin/#/signin`);
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByRole('heading', { level: 1, name: 'Forgot your password?' }).waitFor();
    const field = page.getByLabel('E-mail', { exact: true });
    await page.keyboard.press('Enter');
    await page.getByText('Type the e-mail of your account.').waitFor();
    await field.fill(email);
    await page.keyboard.press('Enter');
    await page.getByText(`If ${email} ${SAME}`).waitFor();
  }
  expect((await smtp.mailTo(ANN.email, 2)).subject).toContain('new password');
  expect(watch.take()).toEqual([]);
});

test('without mail it says what is missing, and who else can help', async () => {
  await using off = await startBinary();
  await createAdmin(off);
  await using context = await openContext(browser);
  const page = await context.newPage();
  await page.goto(`${off.url}/admin/#/forgot`);
  await page.getByLabel('E-mail', { exact: true }).fill(ANN.email);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await page.getByText('This server sends no mail').waitFor();
  await page.getByText(`tinybase admin reset-password ${ANN.email}`).waitFor();
});
