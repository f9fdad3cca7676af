import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import { openBrowser, openContext, signInByCookie, until, watchPage } from './browser.ts';

/** SPEC 9. A KB is 1,000 bytes. */
const MOST_BYTES = 150_000;

let server: ServerProcess;
let browser: Browser;

beforeAll(async () => {
  server = await startBinary();
  await createAdmin(server);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

interface Sent {
  readonly name: string;
  readonly kind: string;
  readonly bytes: number;
}

test('scripts, styles and fonts of the first overview stay below 150 KB as they are sent', async () => {
  await using context = await openContext(browser);
  await signInByCookie(context, server.url);
  const page = await context.newPage();
  const watch = await watchPage(page, server.url);
  const sent: Promise<Sent | undefined>[] = [];
  page.on('requestfinished', (request) => {
    const measure = async () => {
      const { pathname } = new URL(request.url());
      const kind = /\.(js|css|woff2)$/.exec(pathname)?.[1];
      if (kind === undefined) return undefined;
      const { responseBodySize: bytes } = await request.sizes();
      return { name: pathname, kind, bytes };
    };
    sent.push(measure());
  });
  await page.goto(`${server.url}/admin/`);
  await page.getByRole('heading', { name: 'Three steps to your backend' }).waitFor();
  await until(page, `document.fonts.status === 'loaded'`);
  await watch.settle();
  const files = (await Promise.all(sent)).filter((file) => file !== undefined);
  const total = sum(files);
  for (const kind of ['js', 'css', 'woff2']) {
    const some = files.filter((file) => file.kind === kind);
    console.log(`  ${kind}: ${(sum(some) / 1000).toFixed(1)} KB in ${some.length} files`);
    expect(some.length, `no ${kind} came`).toBeGreaterThan(0);
  }
  console.log(`  the first overview takes ${(total / 1000).toFixed(1)} KB`);
  expect(total).toBeLessThan(MOST_BYTES);
});

test('the second load takes nothing of it over the network again', async () => {
  await using context = await openContext(browser);
  await signInByCookie(context, server.url);
  const page = await context.newPage();
  const watch = await watchPage(page, server.url);
  await page.goto(`${server.url}/admin/`);
  await page.getByRole('heading', { name: 'Three steps to your backend' }).waitFor();
  // What is cut off by leaving is not kept.
  await until(page, `document.fonts.status === 'loaded'`);
  await watch.settle();
  await page.goto('about:blank');
  await page.goto(`${server.url}/admin/`);
  await page.getByRole('heading', { name: 'Three steps to your backend' }).waitFor();
  const again = await page.evaluate(`performance.getEntriesByType('resource')
    .filter((entry) => /\\.(js|css|woff2)$/.test(entry.name) && entry.transferSize > 0)
    .map((entry) => entry.name)`);
  expect(again).toEqual([]);
});

function sum(files: readonly Sent[]): number {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}
