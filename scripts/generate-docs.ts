// Writes what is made from the code: docs/cli.md, docs/reference, docs/openapi.json, the admin app's types and those of functions. With --check it only says which of them lag.
// Usage: bun scripts/generate-docs.ts [--check]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { renderCliOverview, renderCliPage } from './docs/cli-page.ts';
import { renderConfigPage } from './docs/config-page.ts';
import { renderErrorsPage } from './docs/errors-page.ts';
import { renderHooksPage } from './docs/hooks-page.ts';
import { renderAdminTypes, renderOpenApiPage } from './docs/openapi-page.ts';
import { renderSdkTypes } from './docs/sdk-types.ts';
import { inRoot } from './support/paths.ts';

/** Every generated page, by its path in the clone. */
export const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/cli.md': renderCliOverview,
  'docs/reference/cli.md': renderCliPage,
  'docs/reference/config.md': renderConfigPage,
  'docs/reference/errors.md': renderErrorsPage,
  'docs/reference/hooks.md': renderHooksPage,
  'docs/openapi.json': renderOpenApiPage,
  'admin/src/api/schema.gen.ts': renderAdminTypes,
  'functions-template/tinybase.d.ts': renderSdkTypes,
};

if (import.meta.main) {
  const isCheck = process.argv.includes('--check');
  const lagging: string[] = [];
  for (const [page, render] of Object.entries(PAGES)) {
    const path = inRoot(page);
    const text = await render();
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    lagging.push(page);
    if (isCheck) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  if (isCheck && lagging.length > 0) {
    console.error(`Out of date: ${lagging.join(', ')}. Run: bun scripts/generate-docs.ts`);
    process.exit(1);
  }
  if (!isCheck)
    console.log(lagging.length === 0 ? 'Nothing changed.' : `Wrote ${lagging.join(', ')}.`);
}
