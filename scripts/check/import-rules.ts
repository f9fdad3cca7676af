import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { bunRun, runCommand } from '../support/command.ts';
import { listFiles } from '../support/content-hash.ts';
import { inRoot, ROOT, toolPath } from '../support/paths.ts';
import type { StepResult } from './step.ts';

interface CruiseReport {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string; readonly severity: string };
      readonly cycle?: readonly { readonly name: string }[];
    }[];
  };
}

/** dependency-cruiser with .dependency-cruiser.cjs. Fails when it looked at fewer files than there are. */
export async function checkImportRules(): Promise<StepResult> {
  // With Bun, whatever Node is there: it asks for a newer one than TinyBase does.
  const result = await runCommand(
    bunRun(
      toolPath('dependency-cruiser/bin/dependency-cruiser.mjs'),
      'src',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
    ),
  );
  const report = parseReport(result.stdout);
  if (report === undefined) return { ok: false, output: result.output };
  const files = listFiles(inRoot('src')).filter((file) => /(?<!\.d)\.ts$/.test(file));
  const seen = new Set(report.modules.map((module) => module.source));
  const missed = files.map((file) => relative(ROOT, file)).filter((file) => !seen.has(file));
  const lines = report.summary.violations.map(
    ({ rule, from, to, cycle }) =>
      `${rule.name}: ${from} → ${cycle ? cycle.map((step) => step.name).join(' → ') : to}`,
  );
  if (missed.length > 0) {
    lines.push(
      `The check saw ${seen.size} modules and missed ${missed.length} of the ${files.length} files under src: ${missed.slice(0, 10).join(', ')}`,
    );
  }
  lines.push(...findAdminImportsOfServer());
  return {
    ok: lines.length === 0 && files.length > 0,
    output: lines.join('\n'),
    note: `${files.length} files`,
  };
}

function parseReport(text: string): CruiseReport | undefined {
  try {
    return JSON.parse(text) as CruiseReport;
  } catch {
    return undefined;
  }
}

/** admin/ takes nothing from src/: its types come from docs/openapi.json. */
function findAdminImportsOfServer(): string[] {
  return listFiles(inRoot('admin'))
    .filter((file) => /\.(ts|vue)$/.test(file))
    .filter((file) =>
      /from\s+['"](\.\.\/)+(src|scripts|test)\/[^'"]*['"]/.test(readFileSync(file, 'utf8')),
    )
    .filter((file) => {
      const depth = relative(inRoot('admin'), file).split('/').length;
      const climbs = [...readFileSync(file, 'utf8').matchAll(/from\s+['"]((?:\.\.\/)+)/g)];
      return climbs.some(([, up]) => (up ?? '').length / 3 >= depth);
    })
    .map((file) => `admin-knows-no-server: ${relative(ROOT, file)} imports from outside admin/`);
}
