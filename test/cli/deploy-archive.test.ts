import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeArchive } from '../../src/cli/deploy-archive.ts';
import { temporaryFolder } from '../features/records/data-app.ts';

const MODULE = Bun.resolveSync('../../src/cli/deploy-archive.ts', import.meta.dir);
const MEGABYTES = 6;

/** Nothing in it can be made smaller. */
function writeRandom(path: string) {
  const bytes = MEGABYTES * 1_000_000;
  writeFileSync(path, randomBytes(bytes));
  return { path: 'functions/a.bin', source: path, bytes };
}

test.skipIf(process.platform === 'win32')('an archive for which there is no room says so', () => {
  using folder = temporaryFolder();
  const file = writeRandom(folder.file('a.bin'));
  const archive = folder.file('a.tar.gz');
  const script = `const { writeArchive } = await import(${JSON.stringify(MODULE)});
    await writeArchive(${JSON.stringify(archive)}, [${JSON.stringify(file)}]).catch(
      ({ code, message }) => console.log(JSON.stringify({ code, message })));`;
  // No file may grow beyond this: the nearest to a full disk that needs no rights.
  const limited = `trap '' XFSZ; ulimit -f 1024; exec "$0" -e "$1"`;
  const child = Bun.spawnSync(['sh', '-c', limited, process.execPath, script]);
  expect(child.stderr.toString()).toBe('');
  expect(JSON.parse(child.stdout.toString())).toEqual({
    code: 'unavailable',
    message: `The archive cannot be written into ${folder.path} (EFBIG). Set TMPDIR to a folder that has room for it.`,
  });
});

test('a folder for it that is not there is told in the same words', async () => {
  using folder = temporaryFolder();
  const file = writeRandom(folder.file('a.bin'));
  const writing = writeArchive(join(folder.path, 'none', 'a.tar.gz'), [file]);
  expect(await writing.catch(({ message }) => message)).toContain('(ENOENT). Set TMPDIR');
});

test('a file that went, or has grown, is named and what is wrong with it', async () => {
  using folder = temporaryFolder();
  const file = writeRandom(folder.file('a.bin'));
  const tell = (name: string) =>
    writeArchive(folder.file(name), [file]).catch(({ message }) => message);
  writeFileSync(file.source, randomBytes(file.bytes + 1));
  expect(await tell('grown.gz')).toBe('functions/a.bin changed while it was packed: deploy again.');
  rmSync(file.source);
  expect(await tell('gone.gz')).toBe('functions/a.bin cannot be read (ENOENT).');
});
