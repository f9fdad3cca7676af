import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { PAGES } from '../../scripts/generate-docs.ts';
import { inRoot } from '../../scripts/support/paths.ts';

for (const [page, render] of Object.entries(PAGES)) {
  test(`${page} is what the code says now (else: bun scripts/generate-docs.ts)`, async () => {
    expect(readFileSync(inRoot(page), 'utf8')).toBe(await render());
  });
}
