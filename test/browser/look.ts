import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { inRoot } from '../../scripts/support/paths.ts';
import { PHONE, until, type Watch, WIDE } from './browser.ts';

const AXE = readFileSync(inRoot('node_modules', 'axe-core', 'axe.min.js'), 'utf8');

/** How pages are seen. */
export const LOOKS = [
  { word: 'on a desk in light', viewport: WIDE, colorScheme: 'light' },
  { word: 'on a desk in dark', viewport: WIDE, colorScheme: 'dark' },
  { word: 'on a phone in light', viewport: PHONE, colorScheme: 'light' },
  { word: 'on a phone in dark', viewport: PHONE, colorScheme: 'dark' },
] as const;

/** Layout, headings and what axe finds. */
const LOOK = `(async () => {
  const faults = [];
  const root = document.documentElement;
  const main = document.getElementById('main');
  if (root.scrollWidth > root.clientWidth) faults.push('scrolls sideways by ' + (root.scrollWidth - root.clientWidth));
  if (main.scrollWidth > main.clientWidth + 1) faults.push('main scrolls sideways by ' + (main.scrollWidth - main.clientWidth));
  // The rows of such a page scroll, and not the page around them.
  if (main.classList.contains('fixed') && root.scrollHeight > root.clientHeight) {
    faults.push('a second scroll bar for ' + (root.scrollHeight - root.clientHeight));
  }
  // On a phone nothing but code and the rows of tabs and tools goes sideways.
  for (const box of innerWidth > 640 ? [] : document.querySelectorAll('main *')) {
    if (box.scrollWidth <= box.clientWidth + 1 || box.closest('pre, textarea, .lines, .tabs, .tools, .apilist')) continue;
    if (!/auto|scroll/.test(getComputedStyle(box).overflowX)) continue;
    faults.push('sideways by ' + (box.scrollWidth - box.clientWidth) + ' in ' + box.tagName + '.' + box.className);
  }
  const h1 = document.querySelectorAll('h1').length;
  if (h1 !== 1) faults.push(h1 + ' h1');
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
  if (root.lang !== 'en') faults.push('no lang');
  const run = await axe.run(document, { resultTypes: ['violations'] });
  for (const found of run.violations) {
    if (found.impact !== 'serious' && found.impact !== 'critical') continue;
    for (const node of found.nodes.slice(0, 3)) {
      const data = node.any[0]?.data;
      const colours = data?.contrastRatio ? ' ' + data.fgColor + ' on ' + data.bgColor + ' ' + data.contrastRatio : '';
      faults.push('axe ' + found.impact + ' ' + found.id + ': ' + node.target.join(' ') + colours);
    }
  }
  return faults;
})()`;

/** Waits until the page of that title stands, with its data. */
export async function arrive(page: Page, watch: Watch, title: string): Promise<void> {
  await until(
    page,
    `document.title.startsWith(${JSON.stringify(`${title} · `)}) && document.querySelector('h1') !== null`,
  );
  await watch.settle();
  // Bars that have come stay for a while, also when the answer is there; their data may want more.
  // Rows of another filter or page do so too, below what is busy.
  await until(page, `document.querySelector('.skel, main [aria-busy="true"]') === null`);
  await watch.settle();
}

/** What is wrong with the page as it stands, and what it said since the last look. */
export async function look(page: Page, watch: Watch): Promise<string[]> {
  const said = watch.take();
  await page.evaluate(`if (!window.axe) { ${AXE} }`);
  const seen = (await page.evaluate(LOOK)) as string[];
  // What axe itself provokes is not the page's.
  watch.take();
  return [...said, ...seen];
}

/** Goes to another page within the app; what is half-made on the one before is thrown away. */
export async function go(page: Page, path: string, title: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#${path}`)}`);
  // Until the app has heard of it, a page of the same title would pass for the next one.
  await until(page, 'history.state !== null');
  const isThere = `document.title.startsWith(${JSON.stringify(`${title} · `)})`;
  await until(page, `${isThere} || document.querySelector('dialog[open]')`);
  const question = page.getByRole('button', { name: 'Throw away' });
  if (await question.isVisible()) await question.click();
}
