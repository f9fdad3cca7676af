import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unpackArchive } from '../../../src/core/archive/unpack.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createFunctionsLayout } from '../../../src/features/deployments/archive-layout.ts';
import {
  findForeignPaths,
  readPackageFile,
} from '../../../src/features/functions/packages/package-file.ts';
import { makeTar, patchHeader, type TarEntry } from './tar-gz.ts';

setDefaultTimeout(600_000);

const LIMITS = {
  maxFiles: 5_000,
  maxFileBytes: 64 * 1024 * 1024,
  maxTotalBytes: 256 * 1024 * 1024,
};
const FOUR_MB = 4 * 1024 * 1024;

/** Answers the paths that were unpacked, or the code of the refusal. */
async function unpack(tar: Buffer): Promise<string | readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tinybase-hostile-'));
  try {
    const archive = join(folder, 'archive.tar.gz');
    writeFileSync(archive, gzipSync(tar));
    const files = await unpackArchive(archive, folder, LIMITS, createFunctionsLayout());
    return files.map(({ path }) => path);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A header by hand, as tar-stream writes no bad ones: ustar, POSIX.1-1988. */
function makeHeader(type: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write('pax', 0);
  for (const at of [100, 108, 116]) block.write('0000644\0', at, 'latin1');
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write(`${type}`, 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  return patchHeader(block, 0, Buffer.alloc(0));
}

const makeExtra = (type: string, body: Buffer) =>
  Buffer.concat([
    makeHeader(type, body.length),
    body,
    Buffer.alloc((512 - (body.length % 512)) % 512),
  ]);

const GOOD: TarEntry = { name: 'functions/a.ts', data: 'a' };

describe('headers that are no files', () => {
  test.each([
    ['one of 4 MB in short records', [makeExtra('x', Buffer.from('6 a=b\n'.repeat(FOUR_MB / 6)))]],
    ['a name of 4 MB', [makeExtra('L', Buffer.alloc(FOUR_MB, 'a'))]],
    ['global ones', Array<Buffer>(20).fill(makeExtra('g', Buffer.alloc(FOUR_MB, '\n')))],
    ['thousands of empty ones', Array<Buffer>(10_000).fill(makeHeader('x', 0))],
  ])('are bounded: %s', async (_what, headers) => {
    const tar = Buffer.concat([...headers, await makeTar([GOOD])]);
    expect(await unpack(tar)).toBe('too_large');
  });

  test('are bounded between files too', async () => {
    const one = (await makeTar([GOOD])).subarray(0, 1024);
    const tar = Buffer.concat([
      one,
      makeExtra('x', Buffer.alloc(FOUR_MB, '\n')),
      await makeTar([]),
    ]);
    expect(await unpack(tar)).toBe('too_large');
  });

  test('may hold what systems write about a file: long names, times and attributes', async () => {
    const pax = { mtime: '1700000000.123456789', 'LIBARCHIVE.xattr.a': 'x'.repeat(20_000) };
    const names = Array.from({ length: 200 }, (_, n) => `functions/${'long'.repeat(40)}${n}.ts`);
    const entries = names.map((name): TarEntry => ({ name, data: 'x'.repeat(3_000), pax }));
    expect(await unpack(await makeTar(entries))).toEqual(names);
  });
});

describe('an archive', () => {
  test('whose folder claims to have content is no hang', async () => {
    const folder = { name: 'functions/lib', type: 'directory', pax: { size: '512' } } as const;
    expect(await unpack(await makeTar([folder, GOOD]))).toEqual(['functions/a.ts']);
  });

  test('with folders in folders without end is refused before each is compared with all', async () => {
    const deep = (depth: number): TarEntry => ({ name: `functions/${'a/'.repeat(depth)}x.ts` });
    expect(await unpack(await makeTar([deep(20)]))).toHaveLength(1);
    expect(await unpack(await makeTar([deep(400)]))).toBe('invalid_input');
  });
});

describe('a package file', () => {
  function withFolder(place: (folder: string) => void, check: (folder: string) => void) {
    const folder = mkdtempSync(join(tmpdir(), 'tinybase-hostile-'));
    try {
      place(folder);
      check(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const describeMany = (count: number) =>
    `{"dependencies":{${Array.from({ length: count }, (_, n) => `"p${n}":"1"`).join()}}}`;

  test('of many megabytes, which would hold up the server while it is read, is refused', () =>
    withFolder(
      (folder) => writeFileSync(join(folder, 'package.json'), describeMany(200_000)),
      (folder) => {
        expect(readPackageFile(folder)).toMatchObject({
          kind: 'broken',
          reason: expect.stringContaining('larger than 1 MB'),
        });
        expect(findForeignPaths(folder)).toEqual([expect.stringContaining('larger than 1 MB')]);
      },
    ));

  test('that has a repository of this machine copied is refused', () =>
    withFolder(
      (folder) =>
        writeFileSync(join(folder, 'package.json'), '{"dependencies":{"a":"git+file:///srv/a"}}'),
      (folder) => expect(findForeignPaths(folder)).toHaveLength(1),
    ));

  test('that nests without end is refused', () =>
    withFolder(
      (folder) => writeFileSync(join(folder, 'package.json'), '['.repeat(500_000)),
      (folder) => expect(readPackageFile(folder)).toMatchObject({ kind: 'broken' }),
    ));

  test.if(process.platform !== 'win32').each(['package.json', 'bun.lock', 'package-lock.json'])(
    'or a lock file that is a pipe (%s) stops nobody',
    (name) =>
      withFolder(
        (folder) => {
          writeFileSync(join(folder, 'package.json'), describeMany(1));
          rmSync(join(folder, name), { force: true });
          Bun.spawnSync(['mkfifo', join(folder, name)]);
        },
        (folder) =>
          expect(readPackageFile(folder)).toMatchObject({
            kind: 'broken',
            reason: expect.stringContaining('no regular file'),
          }),
      ),
  );

  test('that is a folder is refused', () =>
    withFolder(
      (folder) => mkdirSync(join(folder, 'package.json')),
      (folder) => expect(readPackageFile(folder)).toMatchObject({ kind: 'broken' }),
    ));
});
