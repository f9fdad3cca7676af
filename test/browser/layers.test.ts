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
/** The browser's own line for the filter that is faulty on purpose. */
const REFUSED_FILTER = /status of 422 .*records\?.*filter=titel/;

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
/** What belongs to the pages of data. */
const DATA: readonly Layer[] = [
  {
    name: 'how to write a filter',
    path: `${BOOKS}/records`,
    title: 'books',
    open: async (page) => {
      await page.getByRole('button', { name: 'How to write a filter' }).click();
      await page.locator(':popover-open').waitFor();
    },
  },
  {
    name: 'a filter with faults',
    path: `${BOOKS}/records?filter=titel%20%3D%201%20%26%26%20price%20~`,
    title: 'books',
    open: async (page) => {
      await page.getByText('This filter cannot be read').waitFor();
    },
  },
  {
    name: 'export',
    path: `${BOOKS}/records`,
    title: 'books',
    open: async (page) => {
      await page.getByRole('button', { name: 'Export', exact: true }).click();
      await page.getByRole('menuitem', { name: /^CSV/ }).waitFor();
    },
  },
  {
    name: 'import of a file with faults',
    path: `${BOOKS}/records`,
    title: 'books',
    open: async (page) => {
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      await page.getByLabel('File to import').setInputFiles(FAULTY);
      await page.getByRole('button', { name: 'Check the file' }).click();
      await page.getByRole('region', { name: 'Faults by line' }).waitFor();
    },
  },
  {
    name: 'records to refer to',
    path: '/collections/loans/records?open=new',
    title: 'loans',
    open: async (page) => {
      await page.getByRole('combobox', { name: /^book/ }).click();
      await page.getByRole('listbox').getByRole('option').first().waitFor();
    },
  },
  {
    name: 'plan of a change',
    path: `${BOOKS}/schema`,
    title: 'Schema of books',
    open: async (page) => {
      await page.getByRole('button', { name: 'Edit price' }).click();
      const price = page.getByRole('group', { name: 'price, open' });
      await price.getByLabel('At most').fill('50');
      await page.getByRole('button', { name: 'Edit summary' }).click();
      const summary = page.getByRole('group', { name: 'summary, open' });
      await summary.getByRole('button', { name: 'Remove field' }).click();
      await page.getByRole('button', { name: 'Save and delete those values' }).waitFor();
    },
  },
  {
    name: 'fields of every type',
    path: '/collections/loans/schema',
    title: 'Schema of loans',
    open: async (page) => {
      for (const name of ['book', 'day', 'back_by', 'contact', 'terms']) {
        await page.getByRole('button', { name: `Edit ${name}` }).click();
      }
    },
  },
  {
    name: 'indexes',
    path: '/collections/loans/schema',
    title: 'Schema of loans',
    open: async (page) => {
      await page.getByRole('button', { name: 'Indexes' }).click();
      await page.getByRole('button', { name: 'Add index' }).click();
    },
  },
];
const FAULTY = {
  name: 'books.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from('title,isbn,price\nA,9790000000001,3\n,9790000000002,x\n'),
};
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
      const watch = await watchPage(page, url, [REFUSED_FILTER]);
      const faults: string[] = [];
      await page.goto(`${url}/admin/#/`);
      await arrive(page, watch, 'Overview');
      for (const layer of [...EVERYWHERE, ...DATA, own]) {
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
