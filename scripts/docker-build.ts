// Builds the program of a container image. Usage: bun scripts/docker-build.ts amd64|arm64 FILE
import { copyFileSync } from 'node:fs';
import { build, compileProgram } from './build.ts';
import { fetchRuntime } from './release/runtimes.ts';
import { TARGETS } from './release/targets.ts';
import { BINARY, inRoot } from './support/paths.ts';

/** As Docker calls them. */
const TARGET_OF: Readonly<Record<string, string>> = { amd64: 'linux-x64', arm64: 'linux-arm64' };

const [architecture = '', outfile = ''] = process.argv.slice(2);
const target = TARGETS.find(({ name }) => name === TARGET_OF[architecture]);
if (target === undefined || outfile === '') {
  console.error('Usage: bun scripts/docker-build.ts amd64|arm64 FILE');
  process.exit(2);
}
await build();
if (process.platform === target.npm.os && process.arch === target.npm.cpu)
  copyFileSync(BINARY, outfile);
else {
  const runtime = await fetchRuntime(target, (name) => console.log(`runtime      ${name}`));
  const { bunTarget } = target;
  const platform = { bunTarget, runtime };
  copyFileSync(await compileProgram({ folder: inRoot('build', 'image'), platform }), outfile);
}
