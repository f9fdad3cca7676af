import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../records/data-app.ts';

test('more functions than files that may be open are all read', () => {
  using folder = temporaryFolder();
  const paths = Array.from({ length: 500 }, (_, n) => folder.file(`${n}.ts`));
  for (const path of paths) writeFileSync(path, 'x');
  const module = join(import.meta.dir, '../../../src/features/deployments/hash-file.ts');
  const script = `const { hashFiles } = await import(${JSON.stringify(module)});
    const hashes = await hashFiles(${JSON.stringify(paths)});
    console.log([...hashes.values()].filter((hash) => hash !== undefined).length);`;
  const child = Bun.spawnSync([
    'sh',
    '-c',
    'ulimit -n 128; exec "$0" -e "$1"',
    process.execPath,
    script,
  ]);
  expect(child.stdout.toString().trim()).toBe('500');
});
