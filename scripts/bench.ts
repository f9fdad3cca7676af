// npm run bench: TinyBase beside PocketBase, with --stall what one client's work costs the others, with
// --functions what calls of functions cost.
import { writeFileSync } from 'node:fs';
import { runFunctions } from './bench/functions.ts';
import { HELP, readSuiteOptions } from './bench/options.ts';
import { runStall } from './bench/stall.ts';
import { runSuite } from './bench/suite.ts';
import { build, isBinaryStale } from './build.ts';

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(HELP);
    return 0;
  }
  if (args.includes('--stall')) return runStall(args, prepare);
  if (args.includes('--functions')) return runFunctions(args, prepare);
  const { suite, json } = readSuiteOptions(args);
  await prepare();
  const report = await runSuite(suite, console.log);
  if (report === undefined) return 1;
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  return report.blocks.some(({ results }) => results.some(({ fault }) => fault)) ? 1 : 0;
}

async function prepare(): Promise<void> {
  if (isBinaryStale()) await build();
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
