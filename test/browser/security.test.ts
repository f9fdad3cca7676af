import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ADMIN, client, createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import {
  NOBODY_YET,
  openBrowser,
  openContext,
  readableText,
  signInByCookie,
  until,
  watchPage,
} from './browser.ts';
import { type PageServers, startPageServers } from './page-data.ts';

let browser: Browser;
let servers: PageServers;
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

beforeAll(async () => {
  servers = await startPageServers();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await servers?.[Symbol.asyncDispose]();
});

async function sessionCookie(context: BrowserContext) {
  const found = (await context.cookies()).find(({ name }) => name === 'tb_session');
  if (found === undefined) throw new Error('There is no session cookie.');
  return found;
}

/** Who the server says the cookie belongs to. */
async function askWho(server: ServerProcess, cookie: string): Promise<number> {
  const headers = { cookie: `tb_session=${cookie}`, ...SAME_ORIGIN };
  return (await client(server.url).request('GET', '/api/auth/me', undefined, headers)).status;
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/admin/`);
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}

describe('the session', () => {
  test('signing in gives a cookie that scripts cannot read and other sites cannot send', async () => {
    const { url } = servers.full;
    await using context = await openContext(browser);
    const page = await context.newPage();
    const watch = await watchPage(page, url, [NOBODY_YET]);
    await signIn(page, url);
    await watch.settle();
    const cookie = await sessionCookie(context);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    const readable = await readableText(page);
    expect(readable).not.toContain(cookie.value);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(watch.urls.some((each) => each.includes(cookie.value))).toBe(false);
    expect(await askWho(servers.full, cookie.value)).toBe(200);
    expect(watch.take()).toEqual([]);
  });

  test('the set-up token leaves the address before anything is asked with it, and is kept nowhere', async () => {
    await using fresh = await startBinary();
    const token = String(fresh.setupToken);
    await using context = await openContext(browser);
    const page = await context.newPage();
    const watch = await watchPage(page, fresh.url, [NOBODY_YET]);
    const referrers: (string | undefined)[] = [];
    page.on('request', (request) => referrers.push(request.headers().referer));
    await page.goto(`${fresh.url}/admin/#/setup?token=${token}`);
    await page.getByRole('heading', { name: 'Make the first admin' }).waitFor();
    expect(page.url()).toBe(`${fresh.url}/admin/#/setup`);
    expect(await page.evaluate('document.documentElement.outerHTML')).not.toContain(token);
    await page.getByLabel('E-mail').fill(ADMIN.email);
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await page.getByRole('button', { name: 'Create admin and sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await watch.settle();
    const cookie = await sessionCookie(context);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    const stored = await page.evaluate(
      `JSON.stringify([document.cookie, location.href, { ...localStorage }, { ...sessionStorage }, history.state])`,
    );
    for (const secret of [token, cookie.value, ADMIN.password]) {
      expect(stored).not.toContain(secret);
      // The fragment of the first address is the only place, and it is never sent.
      expect(watch.urls.slice(1).some((each) => each.includes(secret))).toBe(false);
      expect(referrers.some((each) => each?.includes(secret))).toBe(false);
    }
    await page.goBack();
    expect(page.url()).not.toContain(token);
    expect(watch.take()).toEqual([]);
  });

  test('signing out ends the session on the server at once, and going back shows nothing', async () => {
    const { url } = servers.full;
    await using context = await openContext(browser);
    const page = await context.newPage();
    await signIn(page, url);
    await page.goto(`${url}/admin/#/collections/books/records`);
    await page.getByRole('link', { name: 'The fern and the wood' }).first().waitFor();
    const { value } = await sessionCookie(context);
    await page.getByRole('button', { name: `Account of ${ADMIN.email}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: /^Sign in/ }).waitFor();
    expect(await askWho(servers.full, value)).toBe(401);
    expect(await context.cookies()).toEqual([]);
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: /^Sign in/ }).waitFor();
    expect(await page.getByText('The fern and the wood').count()).toBe(0);
  });

  test('one that ends in the middle of an edit asks to sign in, keeps what was typed, and saves it then', async () => {
    const { url } = servers.full;
    const { record } = servers.places;
    await using context = await openContext(browser);
    const cookie = await signInByCookie(context, url);
    const page = await context.newPage();
    await page.goto(`${url}/admin/#/collections/books/records?open=${record}`);
    const summary = page.locator('aside.drawer').getByRole('textbox', { name: /summary/ });
    await summary.fill('Typed before the session ended');
    // The shell asks for them every 30 s, and would find out before the save does.
    await page.route(/\/api\/admin\/functions\?/, () => {});

    const headers = { cookie: `tb_session=${cookie}`, ...SAME_ORIGIN };
    const ended = await client(url).request('POST', '/api/auth/logout', undefined, headers);
    expect(ended.status).toBe(204);

    const save = page.locator('aside.drawer').getByRole('button', { name: /^Save/ });
    await save.click();
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    expect(await summary.inputValue()).toBe('Typed before the session ended');
    expect(await dialog.getByLabel('E-mail').inputValue()).toBe(ADMIN.email);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await dialog.waitFor();
    await dialog.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await summary.inputValue()).toBe('Typed before the session ended');
    await save.click();
    await page.locator('.toast').filter({ hasText: 'Record saved' }).waitFor();
    const { value } = await sessionCookie(context);
    const stored = await client(url).request(
      'GET',
      `/api/collections/books/records/${record}`,
      undefined,
      { cookie: `tb_session=${value}`, ...SAME_ORIGIN },
    );
    expect(stored.body.data.summary).toBe('Typed before the session ended');
  });
});

describe('content', () => {
  test('markup in records, functions and errors is shown as text wherever it appears', async () => {
    await using server = await startBinary();
    const hostile = `<img src=x onerror="window.wasHit=1"><script>window.wasHit=1</script>`;
    const literal = JSON.stringify(hostile);
    writeFiles(server.dir, {
      'functions/shouts.ts': `import { register, t } from 'tinybase';
export default register({ description: ${literal}, input: t.Object({}), output: t.Any() }, async () => {
  console.log(${literal});
  throw new TypeError(${literal});
});
`,
    });
    const admin = await createAdmin(server);
    await admin.post('/api/collections', {
      name: 'pages',
      label: hostile,
      schema: {
        fields: [
          { name: 'title', type: 'string', description: hostile },
          { name: 'list', type: 'list[string]' },
          { name: 'nested', type: 'dict' },
          { name: 'choice', type: 'string', enum: [hostile, 'plain'] },
        ],
      },
    });
    const made = await admin.post('/api/collections/pages/records', {
      title: hostile,
      list: [hostile],
      nested: { [hostile]: hostile },
      choice: hostile,
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    await using context = await openContext(browser);
    await signInByCookie(context, server.url);
    const page = await context.newPage();
    const watch = await watchPage(page, server.url, [/status of 500 .*\/functions\/shouts\?/]);
    page.on('dialog', () => expect.unreachable('A dialog of the browser opened.'));
    const visit = async (path: string) => {
      await page.goto(`${server.url}/admin/#${path}`);
      await watch.settle();
      await until(page, `document.querySelector('main')?.textContent.includes('<img src=x')`);
      expect(await page.locator('img[src="x"]').count()).toBe(0);
    };
    await visit('/collections');
    await visit('/collections/pages/records');
    await visit(`/collections/pages/records?open=${made.body.id}`);
    await page.getByRole('tab', { name: 'JSON' }).click();
    await watch.settle();
    await visit('/collections/pages/schema');
    await visit('/collections/pages/api?do=create');
    await visit('/functions/shouts/run');
    await page.getByRole('button', { name: /^Run/ }).click();
    await page.getByText(/^Failed after/).waitFor();
    await visit('/functions/shouts/source');
    await visit('/functions/shouts/calls');
    await visit('/calls?range=all');
    expect(await page.evaluate('window.wasHit === undefined')).toBe(true);
    expect(watch.take()).toEqual([]);
  });

  test('the admin app comes with a policy that runs no inline script and nothing of another host', async () => {
    const { url } = servers.full;
    const answer = await client(url).get('/admin/');
    const policy = String(answer.headers.get('content-security-policy'));
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toMatch(/style-src 'self'(;|$)/);

    await using context = await openContext(browser);
    const page = await context.newPage();
    await page.goto(`${url}/admin/`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(`document.addEventListener('securitypolicyviolation', (event) => {
        window.broken = [...(window.broken ?? []), event.effectiveDirective];
      });
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<p style="color: red">styled</p>');
      fetch('https://example.com/').catch(() => {});`);
    await until(page, 'window.broken?.length >= 3');
    expect(await page.evaluate('window.wasRun === undefined')).toBe(true);
    expect(await page.evaluate('window.broken.toSorted()')).toEqual([
      'connect-src',
      'script-src-elem',
      'style-src-attr',
    ]);
  });
});
