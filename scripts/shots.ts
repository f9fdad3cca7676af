// Takes a picture of every page of the admin app, in both themes, on a desk and on a phone, with data
// and without, into build/shots; index.html there shows them side by side.
// Usage: bun scripts/shots.ts [PART OF A NAME…] [--as-built]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import {
  NOBODY_YET,
  openBrowser,
  openContext,
  signInByCookie,
  type Watch,
  watchPage,
} from '../test/browser/browser.ts';
import { arrive, go, LOOKS } from '../test/browser/look.ts';
import { type PageServers, startPageServers } from '../test/browser/page-data.ts';
import { build, isBinaryStale } from './build.ts';
import { indexPage, type Taken } from './shots/index-page.ts';
import { fileOf, planShots, type Shot } from './shots/plan.ts';
import { inRoot, ROOT } from './support/paths.ts';
import { cleanUp } from './support/server-process.ts';

type Look = (typeof LOOKS)[number];

const FOLDER = inRoot('build', 'shots');
/** Pages at a time: one draws while the other waits for an answer. */
const AT_ONCE = 2;

function wordOf({ word }: Look): string {
  return word.replace('on a ', '').replace(' in ', '-');
}

function deviceOf(look: Look): 'desk' | 'phone' {
  return look.word.includes('phone') ? 'phone' : 'desk';
}

interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly watch: Watch;
}

async function openWindow(browser: Browser, look: Look, url: string, isSignedIn: boolean) {
  const { viewport, colorScheme } = look;
  const context = await openContext(browser, { viewport, colorScheme });
  if (isSignedIn) await signInByCookie(context, url);
  const page = await context.newPage();
  const watch = await watchPage(page, url, [NOBODY_YET]);
  return { context, page, watch };
}

/** Goes there and takes it. Within the app where that can be, so that nothing is loaded twice. */
async function take({ page, watch }: Window, url: string, shot: Shot, file: string) {
  if (shot.isSignedIn && page.url() !== 'about:blank') await go(page, shot.path, shot.title);
  else await page.goto(`${url}/admin/#${shot.path}`);
  await arrive(page, watch, shot.title);
  await shot.open?.(page);
  if (shot.open !== undefined) await watch.settle();
  await page.screenshot({ path: join(FOLDER, file) });
  if (shot.open === undefined) return;
  await page.keyboard.press('Escape');
  await page.locator('dialog[open], :popover-open').first().waitFor({ state: 'detached' });
}

async function takeAll(browser: Browser, servers: PageServers, look: Look, shots: readonly Shot[]) {
  const windows = new Map<string, Window>();
  for (const shot of shots) {
    const { url } = servers[shot.server];
    // A gate reads who is signed in as it loads: each has a window of its own.
    const key = shot.isSignedIn ? shot.server : shot.path;
    const found = windows.get(key) ?? (await openWindow(browser, look, url, shot.isSignedIn));
    windows.set(key, found);
    await take(found, url, shot, `${fileOf(shot)}-${wordOf(look)}.png`);
  }
  for (const { context } of windows.values()) await context.close();
}

/** The rows of the index: one for each that was taken, wherever it was. */
function listTaken(plans: readonly (readonly Shot[])[]): readonly Taken[] {
  const byFile = new Map(plans.flat().map((shot) => [fileOf(shot), shot]));
  return [...byFile].map(([file, { name, has }]) => ({
    name,
    has,
    files: LOOKS.map((look, index) =>
      plans[index]?.some((shot) => fileOf(shot) === file)
        ? `${file}-${wordOf(look)}.png`
        : undefined,
    ),
  }));
}

async function main(args: readonly string[]): Promise<void> {
  const parts = args.filter((arg) => !arg.startsWith('--'));
  if (!args.includes('--as-built') && isBinaryStale()) {
    console.log('Building the binary: something that it is made of changed.');
    await build();
  }
  await using servers = await startPageServers();
  const browser = await openBrowser();
  const plans = LOOKS.map((look) =>
    planShots(servers.places, deviceOf(look)).filter(
      (shot) => parts.length === 0 || parts.some((part) => fileOf(shot).includes(part)),
    ),
  );
  const count = plans.flat().length;
  if (count === 0) throw new Error(`No page is called ${parts.join(' or ')}.`);
  if (parts.length === 0) rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const queue = LOOKS.map((look, index) => ({ look, shots: plans[index] ?? [] }));
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await takeAll(browser, servers, next.look, next.shots);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await browser.close();
  const index = join(FOLDER, 'index.html');
  writeFileSync(index, indexPage(LOOKS.map(wordOf), listTaken(plans)));
  console.log(`${count} pictures: ${relative(ROOT, index)}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
