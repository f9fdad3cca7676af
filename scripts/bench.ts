// npm run bench: TinyBase beside PocketBase. The comparison with further rivals comes with its own issue.
import { build, isBinaryStale } from './build.ts';
import { runCommand } from './support/command.ts';
import { inRoot } from './support/paths.ts';

if (isBinaryStale()) await build();
const result = await runCommand(
  [process.execPath, inRoot('scripts', 'bench', 'compare.ts'), ...process.argv.slice(2)],
  { echo: true },
);
process.exit(result.code);
