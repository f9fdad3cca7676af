import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { runCommand } from '../support/command.ts';
import { inRoot } from '../support/paths.ts';
import type { ArchivedFile } from './archived-file.ts';

const COPIED = ['LICENSE', 'README.md', 'CHANGELOG.md'];
const SHELLS = { bash: 'tinybase.bash', zsh: '_tinybase', fish: 'tinybase.fish' } as const;

/** What lies beside the program in every archive; the same for all platforms. */
export async function makePapers(): Promise<ArchivedFile[]> {
  const copied = [...COPIED, 'scripts/release/tinybase.service'].map((path) => ({
    path: basename(path),
    bytes: new Uint8Array(readFileSync(inRoot(path))),
  }));
  const written = await Promise.all([
    ...Object.entries(SHELLS).map(async ([shell, name]) => ({
      path: `completions/${name}`,
      bytes: await ask('completion', shell),
    })),
    ask('man').then((bytes) => ({ path: 'man/tinybase.1', bytes })),
  ]);
  return [...copied, ...written];
}

/** What the program prints, from its source: so that it can be asked on every platform. */
async function ask(...args: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { code, stdout, output } = await runCommand(
    [process.execPath, '--no-env-file', inRoot('src', 'main.ts'), ...args],
    { env: { NO_COLOR: '1' } },
  );
  if (code !== 0) throw new Error(`tinybase ${args.join(' ')} failed:\n${output}`);
  return new TextEncoder().encode(stdout);
}
