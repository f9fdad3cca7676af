import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
  type Request,
} from 'playwright-core';
import { findProgram } from '../../scripts/support/command.ts';
import { ADMIN, client } from '../support/binary.ts';

/** Far beyond what the slowest machine needs; less (PATIENCE_MS) is for whoever writes tests. */
export const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 120_000);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Chromium as root, quiet: it asks nobody for updates, lists or fonts. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

export const WIDE = { width: 1440, height: 900 } as const;
export const PHONE = { width: 390, height: 844 } as const;

/** The browser of one test file; close it in `afterAll`. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = NAMES.map((name) => findProgram(name)).find((path) => path !== undefined);
  if (executablePath === undefined) {
    throw new Error('Chromium is not installed: sudo apt-get install chromium');
  }
  return await chromium.launch({ executablePath, args: ARGS, timeout: PATIENCE_MS });
}

/** A profile of its own: no cookie, no cache, nothing kept of another test. */
export async function openContext(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: WIDE,
    reducedMotion: 'reduce',
    // What the clipboard buttons need; without it Chromium would ask.
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Gives the context the cookie that signing in gives, without a form. */
export async function signInByCookie(
  context: BrowserContext,
  url: string,
  account: { readonly email: string; readonly password: string } = ADMIN,
): Promise<string> {
  const answer = await client(url).post('/api/auth/login', { ...account, cookie: true });
  const value = /tb_session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
  if (value === undefined) throw new Error(`No cookie came: ${answer.status}`);
  await context.addCookies([
    { name: 'tb_session', value, url, httpOnly: true, sameSite: 'Strict' },
  ]);
  return value;
}

export interface Watch {
  /** What the page said or asked for that it should not have, since the last `take`. */
  take(): string[];
  /** Every address that was asked for. */
  readonly urls: readonly string[];
  /** Waits until every request has its answer. */
  settle(): Promise<void>;
}

/**
 * Notes console errors and warnings, exceptions, broken content security policy, and requests to
 * other hosts. `expected` are the browser's own lines for answers that belong to the test.
 */
export async function watchPage(
  page: Page,
  origin: string,
  expected: readonly RegExp[] = [],
): Promise<Watch> {
  const urls: string[] = [];
  const open = new Set<Request>();
  let faults: string[] = [];
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy broken: ' + event.violatedDirective + ' by ' + event.blockedURI + ' ' + event.sample))`);
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const line = `${message.type()}: ${message.text()} (${message.location().url})`;
    if (!expected.some((each) => each.test(line))) faults.push(line);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    urls.push(url);
    open.add(request);
    if (!url.startsWith(`${origin}/`) && !/^(data|blob|about):/.test(url)) {
      faults.push(`asked another host: ${url}`);
    }
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  return {
    urls,
    take: () => {
      const taken = faults;
      faults = [];
      return taken;
    },
    settle: async () => {
      await page.evaluate(FRAME);
      const deadline = performance.now() + PATIENCE_MS;
      while (open.size > 0) {
        if (performance.now() > deadline) {
          throw new Error(`No answer: ${[...open].map((each) => each.url()).join(', ')}`);
        }
        await Bun.sleep(10);
        if (open.size === 0) await page.evaluate(FRAME);
      }
    },
  };
}

/** Two frames: what changed is drawn, and what the change asks for is asked. */
const FRAME = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

/** Waits until an expression holds in the page. `waitForFunction` needs an eval that the page forbids. */
export async function until(page: Page, expression: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await page.evaluate(`Boolean(${expression})`))) {
    if (performance.now() > deadline) {
      const at = await page.evaluate(`location.href + ' "' + document.title + '"'`);
      throw new Error(`It never held at ${at}: ${expression}`);
    }
    await Bun.sleep(10);
  }
}

/**
 * Notices of this page go only when they are closed, pushed out or taken back: their six seconds are over
 * before a busy machine comes to press Undo. Before the first address.
 */
export async function keepNotices(page: Page): Promise<void> {
  await page.addInitScript(`{
    const start = window.setTimeout;
    window.setTimeout = (run, ms, ...rest) => (ms === 6000 ? 0 : start(run, ms, ...rest));
  }`);
}

/**
 * A double click whose presses are sent together. Sent one after the other, a busy machine makes two
 * clicks of them, and the first opens the row.
 */
export async function doubleClick(target: Locator): Promise<void> {
  await target.hover();
  const box = await target.boundingBox();
  if (box === null) throw new Error(`It has no place: ${target}`);
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2, button: 'left' } as const;
  const session = await target.page().context().newCDPSession(target.page());
  await Promise.all(
    [1, 2].flatMap((clickCount) =>
      (['mousePressed', 'mouseReleased'] as const).map((type) =>
        session.send('Input.dispatchMouseEvent', { ...at, type, clickCount }),
      ),
    ),
  );
  await session.detach();
}

/** The browser's own line for the question who is signed in, before anybody is. */
export const NOBODY_YET = /status of 401 .*\/api\/auth\/me\)$/;

/** Everything that scripts of the page could read of a secret. */
export async function readableText(page: Page): Promise<string> {
  return String(
    await page.evaluate(`JSON.stringify([
      document.cookie, location.href, { ...localStorage }, { ...sessionStorage }, history.state,
      document.documentElement.outerHTML, performance.getEntries().map((entry) => entry.name),
    ])`),
  );
}
