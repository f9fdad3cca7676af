import { describe, expect, test } from 'bun:test';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bunRun, runCommand } from '../../scripts/support/command.ts';
import { inRoot, toolPath } from '../../scripts/support/paths.ts';
import { makeTemporaryFolder } from '../../scripts/support/server-process.ts';
import { writeFiles } from './fixtures.ts';

/** What the table of imports forbids, each planted once: file → [rule, text]. */
const VIOLATIONS: Readonly<Record<string, readonly [rule: string, text: string]>> = {
  'src/lib/a.ts': ['lib-is-a-leaf', "export type { Clock } from '../core/clock.ts';"],
  'src/core/a.ts': ['core-knows-only-lib', "export type { B } from '../protocol/b.ts';"],
  'src/protocol/a.ts': [
    'protocol-knows-only-lib',
    "export type { Clock } from '../core/clock.ts';",
  ],
  'src/sdk/a.ts': ['sdk-knows-only-protocol', "export type { Clock } from '../core/clock.ts';"],
  'src/worker/a.ts': ['worker-is-alone', "export type { Clock } from '../core/clock.ts';"],
  'src/worker/b.ts': ['no-database-in-the-worker', "export { Database } from 'bun:sqlite';"],
  'src/http/a.ts': [
    'http-knows-no-feature',
    "export type { U } from '../features/users/schema.ts';",
  ],
  'src/storage/a.ts': [
    'storage-sees-contracts',
    "export type { S } from '../features/users/service.ts';",
  ],
  'src/cli/a.ts': ['commands-go-through-app', "export type { A } from '../storage/a.ts';"],
  'src/features/users/a.ts': ['no-backend-in-features', "export { Database } from 'bun:sqlite';"],
  'src/features/users/b.ts': ['services-know-no-http', "export { Elysia } from 'elysia';"],
  'src/features/users/c.ts': [
    'features-know-no-program',
    "export type { A } from '../../cli/a.ts';",
  ],
  'src/features/users/d.ts': [
    'only-functions-speak-the-protocol',
    "export type { B } from '../../protocol/b.ts';",
  ],
  'src/features/users/e.ts': ['users-neighbours', "export type { S } from '../mail/service.ts';"],
  'src/features/auth/a.ts': [
    'neighbours-by-front-door',
    "export type { S } from '../users/inside.ts';",
  ],
  'src/features/new/a.ts': [
    'every-feature-is-in-the-table',
    "export type { B } from '../../lib/b.ts';",
  ],
  'src/features/users/store.ts': ['stores-are-types', "export { b } from './inside.ts';"],
  'src/lib/c.ts': ['no-circular', "import type { D } from './d.ts';\nexport type C = D;"],
  'src/lib/e.ts': ['not-to-unresolvable', "export { nothing } from './nothing.ts';"],
};

const INNOCENT = {
  'src/core/clock.ts': 'export interface Clock { now(): number }',
  'src/protocol/b.ts': 'export type B = 1;',
  'src/lib/b.ts': 'export type B = 1;',
  'src/lib/d.ts': "import type { C } from './c.ts';\nexport type D = C | 1;",
  'src/features/users/schema.ts': 'export type U = 1;',
  'src/features/users/service.ts': 'export type S = 1;',
  'src/features/users/inside.ts': 'export type S = 1;\nexport const b = 1;',
  'src/features/mail/service.ts': 'export type S = 1;',
  'package.json': '{"type":"module"}',
};

describe('the import rules', () => {
  test('catch every planted violation, type-only ones too', async () => {
    const dir = makeTemporaryFolder('rules');
    writeFiles(dir, INNOCENT);
    writeFiles(
      dir,
      Object.fromEntries(Object.entries(VIOLATIONS).map(([path, [, text]]) => [path, text])),
    );
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) {
      copyFileSync(inRoot(file), join(dir, file));
    }
    symlinkSync(inRoot('node_modules'), join(dir, 'node_modules'));
    const result = await runCommand(
      bunRun(
        toolPath('dependency-cruiser/bin/dependency-cruiser.mjs'),
        'src',
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'json',
      ),
      { cwd: dir },
    );
    const report: { summary: { violations: { from: string; rule: { name: string } }[] } } =
      JSON.parse(result.stdout);
    const found = report.summary.violations.map(({ from, rule }) => `${rule.name} ${from}`);
    for (const [path, [rule]] of Object.entries(VIOLATIONS)) {
      expect(found).toContain(`${rule} ${path}`);
    }
  });
});
