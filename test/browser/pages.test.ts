// Every page, with data and without, in light and dark, on a desk and on a phone.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { NOBODY_YET, openBrowser, openContext, signInByCookie, watchPage } from './browser.ts';
import { arrive, go, LOOKS, look } from './look.ts';
import { type PageServers, startPageServers } from './page-data.ts';
import { GATES, visits } from './pages.ts';

let servers: PageServers;
let browser: Browser;

beforeAll(async () => {
  servers = await startPageServers();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await servers?.[Symbol.asyncDispose]();
});

/** Focus is in main, or in what a page opened beside it. */
const FOCUS = `document.getElementById('main').contains(document.activeElement)
  ? '' : 'focus is on ' + (document.activeElement?.outerHTML ?? 'nothing').slice(0, 120)`;

for (const { word, ...options } of LOOKS) {
  describe(word, () => {
    for (const has of ['nothing', 'data'] as const) {
      test(`every page with ${has} has no fault ${word}`, async () => {
        const all = visits(has, servers.places);
        const faults: string[] = [];
        for (const server of new Set(all.map((visit) => visit.server))) {
          const { url } = servers[server];
          await using context = await openContext(browser, options);
          await signInByCookie(context, url);
          const page = await context.newPage();
          const watch = await watchPage(page, url);
          // A place to come from: what follows is navigation within the app.
          await page.goto(`${url}/admin/#/no/such/place`);
          await arrive(page, watch, 'No such page');
          for (const { path, title } of all.filter((visit) => visit.server === server)) {
            const from = page.url();
            await go(page, path, title);
            await arrive(page, watch, title);
            const isMove = from.split('?')[0] !== page.url().split('?')[0];
            const focus = isMove ? String(await page.evaluate(FOCUS)) : '';
            const found = await look(page, watch);
            for (const fault of [...found, ...(focus === '' ? [] : [focus])]) {
              faults.push(`${server} ${path}: ${fault}`);
            }
          }
        }
        expect(faults).toEqual([]);
      });
    }

    test(`the pages before signing in have no fault ${word}`, async () => {
      const { url } = servers.bare;
      const faults: string[] = [];
      for (const [path, title] of Object.values(GATES).flat()) {
        await using context = await openContext(browser, options);
        const page = await context.newPage();
        const watch = await watchPage(page, url, [NOBODY_YET]);
        await page.goto(`${url}/admin/#${path}`);
        await arrive(page, watch, title);
        const found = await look(page, watch);
        faults.push(...found.map((fault) => `${path}: ${fault}`));
      }
      expect(faults).toEqual([]);
    });
  });
}
