// What opens over a page: the palette, the menus, the dialogs, and on a phone the sheet.
import type { Page } from 'playwright-core';
import { ADMIN } from '../support/binary.ts';
import { doubleClick } from './browser.ts';

/** What opens over a page, and how. */
export interface Layer {
  readonly name: string;
  readonly path: string;
  readonly title: string;
  open(page: Page): Promise<void>;
}

const BOOKS = '/collections/books';
/** The browser's own line for the filter that is faulty on purpose. */
export const REFUSED_FILTER = /status of 422 .*records\?.*filter=titel/;

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
      await pressTool(page, 'Export');
      await page.getByRole('dialog').getByRole('link', { name: 'Export' }).waitFor();
    },
  },
  {
    name: 'import of a file with faults',
    path: `${BOOKS}/records`,
    title: 'books',
    open: async (page) => {
      await pressTool(page, 'Import');
      await page.getByLabel('File to import').setInputFiles(FAULTY);
      await page.getByRole('button', { name: 'Check the file' }).click();
      await page.getByRole('region', { name: 'Faults by line' }).waitFor();
    },
  },
  {
    name: 'columns of a file',
    path: `${BOOKS}/records`,
    title: 'books',
    open: async (page) => {
      await pressTool(page, 'Import');
      await page.getByLabel('File to import').setInputFiles(FAULTY);
      await page.getByRole('region', { name: 'Columns of the file' }).waitFor();
    },
  },
  {
    name: 'a view to save',
    path: `${BOOKS}/records?filter=price%20%3E%3D%2060&sort=-price`,
    title: 'books',
    open: async (page) => {
      await page.getByRole('button', { name: /^Views/ }).click();
      await page.getByRole('menuitem', { name: 'Save as view' }).click();
      await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Dear ones');
    },
  },
  {
    name: 'a record above another',
    path: '/collections/loans/records',
    title: 'loans',
    open: async (page) => {
      await page.locator('tr[data-index="0"] th a').click();
      await page
        .locator('aside.drawer')
        .getByRole('link', { name: /^Open / })
        .first()
        .click();
      await page.locator('aside.drawer.above').getByRole('tab', { name: 'Fields' }).waitFor();
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
      await page.getByText('2 changes need a decision before they can be saved.').waitFor();
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

/** On a phone it stands in a sheet, which Escape closes after it. */
const LESSONS: Layer = {
  name: 'how to write a filter',
  path: `${BOOKS}/records`,
  title: 'books',
  open: async (page) => {
    await openFilter(page);
    await page.getByRole('button', { name: 'Write it' }).click();
    await page.getByRole('button', { name: 'How to write a filter' }).click();
    await page.locator(':popover-open').waitFor();
  },
};
/** Rows are selected and edited in place where there is a table. */
const OF_A_TABLE: readonly Layer[] = [
  {
    name: 'a filter with a group',
    path: `${BOOKS}/records?filter=${encodeURIComponent(
      "price >= 60 && (status = 'here' || tags ?= 'green') && isbn != null",
    )}`,
    title: 'books',
    open: async (page) => {
      await openFilter(page);
      await page.getByRole('combobox', { name: 'Field' }).first().waitFor();
    },
  },
  {
    name: 'a field to change of many',
    path: `${BOOKS}/records`,
    title: 'books',
    open: async (page) => {
      await page.getByRole('checkbox', { name: 'Select all on this page' }).click();
      await page.getByRole('button', { name: /^Change a field/ }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Change 50/ })
        .waitFor();
    },
  },
  {
    name: 'the question before many records are deleted',
    path: `${BOOKS}/records?sort=title`,
    title: 'books',
    open: async (page) => {
      const all = page.getByRole('checkbox', { name: 'Select all on this page' });
      if (!(await all.isChecked())) await all.click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByRole('dialog').getByRole('textbox').waitFor();
    },
  },
  {
    name: 'a value edited in its cell',
    path: '/collections/loans/records',
    title: 'loans',
    open: async (page) => {
      await doubleClick(page.locator('tr[data-index="1"] td[data-column="back_by"]'));
      await page.locator('.cell-edit input').waitFor();
    },
  },
];
const FILTER_SHEET: Layer = {
  name: 'filter as a sheet',
  path: `${BOOKS}/records?filter=price%20%3E%3D%2060%20%26%26%20in_print%20%3D%20true`,
  title: 'books',
  open: async (page) => {
    await page
      .getByRole('button', { name: /^Filter/ })
      .first()
      .click();
    await page.getByRole('combobox', { name: 'Field' }).first().waitFor();
  },
};

/** It stays open from page to page of a collection. */
async function openFilter(page: Page): Promise<void> {
  const filter = page.getByRole('search', { name: 'Filter' });
  if (!(await filter.isVisible())) await page.getByRole('button', { name: /^Filter/ }).click();
}

/** In the bar on a desk, in a menu on a phone. */
async function pressTool(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  if (await button.isVisible()) return await button.click();
  await page.locator('.tools').getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name }).click();
}

/** Those that are there on a desk, or on a phone. */
export function layersOn(device: 'desk' | 'phone'): readonly Layer[] {
  return [
    ...EVERYWHERE,
    ...DATA,
    ...(device === 'phone' ? [ON_A_PHONE, FILTER_SHEET] : [ON_A_DESK, ...OF_A_TABLE, LESSONS]),
  ];
}
