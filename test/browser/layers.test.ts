// What opens over a page: the palette, the menus, the dialogs, and on a phone the sheet.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { ADMIN } from '../support/binary.ts';
import { openBrowser, openContext, signInByCookie, watchPage } from './browser.ts';
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

interface Layer {
  readonly name: string;
  readonly path: string;
  readonly title: string;
  open(page: Page): Promise<void>;
}

const BOOKS = '/collections/books';

const EVERYWHERE: readonly Layer[] = [
  {
    name: 'palette',
    path: '/calls',
    title: 'Calls',
    open: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').fill('boo');
      await page.getByRole('dialog').getByRole('option').first().waitFor();
    },
  },
  {
    name: 'keys',
    path: '/functions',
    title: 'Functions',
    open: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'columns',
    path: `${BOOKS}/records`,
    title: 'books',
    open: async (page) => {
      await page.getByRole('button', { name: /^Columns/ }).click();
      await page.locator(':popover-open').waitFor();
    },
  },
  {
    name: 'the question before a collection is deleted',
    path: `${BOOKS}/settings`,
    title: 'Settings of books',
    open: async (page) => {
      await page
        .getByRole('button', { name: /^Delete/ })
        .first()
        .click();
      await page.getByRole('dialog').waitFor();
    },
  },
];
const ON_A_DESK: Layer = {
  name: 'account menu',
  path: '/users',
  title: 'Users',
  open: async (page) => {
    await page.getByRole('button', { name: `Account of ${ADMIN.email}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
  },
};
const ON_A_PHONE: Layer = {
  name: 'sheet',
  path: '/users',
  title: 'Users',
  open: async (page) => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('dialog', { name: 'Menu' }).waitFor();
  },
};

for (const { word, ...options } of LOOKS) {
  describe(word, () => {
    const own = word.includes('phone') ? ON_A_PHONE : ON_A_DESK;
    test(`what opens over a page has no fault and closes with Escape ${word}`, async () => {
      const { url } = servers.full;
      await using context = await openContext(browser, options);
      await signInByCookie(context, url);
      const page = await context.newPage();
      const watch = await watchPage(page, url);
      const faults: string[] = [];
      await page.goto(`${url}/admin/#/`);
      await arrive(page, watch, 'Overview');
      for (const layer of [...EVERYWHERE, own]) {
        await go(page, layer.path, layer.title);
        await arrive(page, watch, layer.title);
        await layer.open(page);
        await watch.settle();
        const found = await look(page, watch, `layer ${layer.name} ${word}`);
        faults.push(...found.map((fault) => `${layer.name}: ${fault}`));
        await page.keyboard.press('Escape');
        await page.locator('dialog[open], :popover-open').first().waitFor({ state: 'detached' });
      }
      expect(faults).toEqual([]);
    });
  });
}
