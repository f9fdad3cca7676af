// What opens over a page (layers.ts), in light and dark, on a desk and on a phone.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { openBrowser, openContext, signInByCookie, watchPage } from './browser.ts';
import { layersOn, REFUSED_FILTER } from './layers.ts';
import { arrive, go, LOOKS, look } from './look.ts';
import { type PageServers, startPageServers } from './page-data.ts';

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

for (const { word, ...options } of LOOKS) {
  describe(word, () => {
    test(`what opens over a page has no fault and closes with Escape ${word}`, async () => {
      const { url } = servers.full;
      await using context = await openContext(browser, options);
      await signInByCookie(context, url);
      const page = await context.newPage();
      const watch = await watchPage(page, url, [REFUSED_FILTER]);
      const faults: string[] = [];
      await page.goto(`${url}/admin/#/`);
      await arrive(page, watch, 'Overview');
      for (const layer of layersOn(word.includes('phone') ? 'phone' : 'desk')) {
        await go(page, layer.path, layer.title);
        await arrive(page, watch, layer.title);
        await layer.open(page);
        await watch.settle();
        const found = await look(page, watch);
        faults.push(...found.map((fault) => `${layer.name}: ${fault}`));
        await page.keyboard.press('Escape');
        await page.locator('dialog[open], :popover-open').first().waitFor({ state: 'detached' });
      }
      expect(faults).toEqual([]);
    });
  });
}
