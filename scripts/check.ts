// The gate: everything that must hold before a change goes in.
// Usage: bun scripts/check.ts [--with-tests] [STEP…]
import { existsSync } from 'node:fs';
import { checkImportRules } from './check/import-rules.ts';
import { checkLineCount } from './check/line-count.ts';
import type { Step, StepResult } from './check/step.ts';
import { toolCommand } from './check/step.ts';
import { bunRun, runCommand } from './support/command.ts';
import { inRoot, toolPath } from './support/paths.ts';

/** As many steps at a time as a small machine has cores. */
const PARALLEL_STEPS = 2;

/** Long ones first, so that the two lanes end together. */
const STEPS: readonly Step[] = [
  tool('admin types', toolPath('vue-tsc/bin/vue-tsc.js'), '--noEmit', '-p', 'admin/tsconfig.json'),
  tool('types', toolPath('typescript/bin/tsc'), '--noEmit', '-p', '.'),
  tool(
    'component tests',
    toolPath('vue-tsc/bin/vue-tsc.js'),
    '--noEmit',
    '-p',
    'test/components/tsconfig.json',
  ),
  tool('unused code', toolPath('knip/bin/knip.js'), '--no-progress'),
  { name: 'import rules', run: checkImportRules },
  tool('format and lint', toolPath('@biomejs/biome/bin/biome'), 'ci', '--colors=off'),
  tool(
    'function types',
    toolPath('typescript/bin/tsc'),
    '--noEmit',
    '-p',
    'functions-template/tsconfig.json',
  ),
  { name: 'golden files', run: checkGoldenFiles },
  { name: 'file length', run: checkLineCount },
];

function tool(name: string, script: string, ...args: readonly string[]): Step {
  return { name, run: async () => toResult(await runCommand(toolCommand(script, ...args))) };
}

function toResult(result: { readonly code: number; readonly output: string }): StepResult {
  return { ok: result.code === 0, output: result.output };
}

/** docs/openapi.json, docs/reference and what is generated from them must be what the code says now. */
async function checkGoldenFiles(): Promise<StepResult> {
  const generator = inRoot('scripts', 'generate-docs.ts');
  if (!existsSync(generator)) return { ok: false, output: 'scripts/generate-docs.ts is missing.' };
  return toResult(await runCommand(bunRun(generator, '--check')));
}

async function runSteps(steps: readonly Step[]): Promise<readonly string[]> {
  const queue = [...steps];
  const failed: string[] = [];
  const lane = async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const started = performance.now();
      const result = await step.run().catch(
        (error: unknown): StepResult => ({
          ok: false,
          output: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
      );
      report(step.name, result, (performance.now() - started) / 1000);
      if (!result.ok) failed.push(step.name);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_STEPS }, lane));
  return failed;
}

function report(name: string, result: StepResult, seconds: number): void {
  const mark = result.ok ? (result.warning ? 'warn' : 'ok  ') : 'FAIL';
  const note = result.note === undefined ? '' : `  ${result.note}`;
  console.log(`${mark}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(5)} s${note}`);
  if (!result.ok || result.warning) console.log(indent(result.output));
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('--'));
const chosen = names.length === 0 ? STEPS : STEPS.filter((step) => names.includes(step.name));
const strange = args.filter((arg) => arg.startsWith('--') && arg !== '--with-tests');
if (strange.length > 0 || (names.length > 0 && chosen.length !== names.length)) {
  console.error(
    `Usage: npm run check -- [--with-tests] [${STEPS.map((step) => `"${step.name}"`).join(' ')}]`,
  );
  process.exit(2);
}
const failed = [...(await runSteps(chosen))];
if (args.includes('--with-tests') && failed.length === 0) {
  const tests = await runCommand(bunRun(inRoot('scripts', 'test.ts')), { echo: true });
  if (tests.code !== 0) failed.push('tests');
}
console.log(
  failed.length === 0 ? 'The gate is open.' : `The gate is closed: ${failed.join(', ')} failed.`,
);
process.exit(failed.length === 0 ? 0 : 1);
