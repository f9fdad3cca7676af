import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { unpackArchive } from '../../../src/core/archive/unpack.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createFunctionsLayout } from '../../../src/features/deployments/archive-layout.ts';
import { above, expectAtBest } from '../../support/at-best.ts';
import { makeArchive, makeTar, patchHeader, type TarEntry } from './tar-gz.ts';

setDefaultTimeout(600_000);

const LIMITS = { maxFiles: 50, maxFileBytes: 100_000, maxTotalBytes: 400_000 };
const GOOD: TarEntry = { name: 'functions/good.ts', data: 'good' };

interface Unpacked {
  readonly code: string | undefined;
  /** `functions/a.ts: what is wrong`, or the whole message. */
  readonly problems: readonly string[];
  readonly files: readonly string[];
  readonly folder: string;
  /** A folder beside, for what must not be reached. */
  readonly outside: string;
  [Symbol.dispose](): void;
}

async function unpack(archive: Buffer, limits = LIMITS): Promise<Unpacked> {
  const outside = mkdtempSync(join(tmpdir(), 'tinybase-unpack-'));
  const folder = join(outside, 'a', 'b', 'target');
  const path = join(outside, 'archive.tar.gz');
  writeFileSync(path, archive);
  const outcome = await unpackArchive(path, folder, limits, createFunctionsLayout()).then(
    (files) => ({ code: undefined, problems: [], files: files.map((file) => file.path) }),
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      const { code, faults } = error;
      const problems = faults?.map(({ loc, msg }) => `${loc.slice(1).join(':')}: ${msg}`);
      return { code, problems: problems ?? [error.message], files: [] };
    },
  );
  return {
    ...outcome,
    folder,
    outside,
    [Symbol.dispose]: () => rmSync(outside, { recursive: true, force: true }),
  };
}

const zip = async (entries: readonly TarEntry[]) => gzipSync(await makeTar(entries));

/** Every file below a folder. */
function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test('a good archive is unpacked as it is, folders deep and files big and empty', async () => {
  const files = {
    'functions/a.ts': 'text',
    'functions/lib/deep/er/b.json': '{}',
    'functions/empty.ts': '',
    'functions/big.bin': Buffer.alloc(90_000, 'x'),
    'functions/grüße 日本.ts': 'ü',
    'functions.ts': 'single',
  };
  using unpacked = await unpack(await makeArchive(files));
  expect(unpacked.problems).toEqual([]);
  expect(listFiles(unpacked.folder)).toEqual(Object.keys(files).sort());
  for (const [path, data] of Object.entries(files))
    expect(readFileSync(join(unpacked.folder, path)).equals(Buffer.from(data))).toBe(true);
});

test('names may begin with ./ and folders may have entries of their own', async () => {
  using unpacked = await unpack(
    await zip([
      { name: './', type: 'directory' },
      { name: './functions/', type: 'directory' },
      { name: './functions/a.ts', data: 'a' },
      { name: 'functions/lib', type: 'directory' },
      { name: 'functions/lib/b.ts', data: 'b' },
    ]),
  );
  expect(unpacked.problems).toEqual([]);
  expect(listFiles(unpacked.folder)).toEqual(['functions/a.ts', 'functions/lib/b.ts']);
});

test('setuid, setgid, sticky and executable bits of an archive never reach the disk', async () => {
  using unpacked = await unpack(
    await zip([
      { name: 'functions', type: 'directory', mode: 0o7777 },
      { ...GOOD, mode: 0o7777, uid: 0, gid: 0 },
    ]),
  );
  expect(statSync(join(unpacked.folder, GOOD.name)).mode & 0o7777).toBe(0o600);
  expect(statSync(join(unpacked.folder, 'functions')).mode & 0o7777).toBe(0o700);
});

describe('an entry is refused by its name, and nothing is written outside or after it', () => {
  const attacks: readonly (readonly [attack: string, entry: TarEntry, problem: string])[] = [
    ['an absolute path', { name: '/etc/passwd' }, 'is an absolute path'],
    ['.. at the start', { name: '../evil.ts' }, 'leads out of the archive'],
    ['.. in the middle', { name: 'functions/../../evil.ts' }, 'leads out of the archive'],
    ['.. behind ./', { name: './../evil.ts' }, 'leads out of the archive'],
    ['.. at the end', { name: 'functions/..' }, 'leads out of the archive'],
    ['a backslash', { name: 'functions\\..\\..\\evil.ts' }, 'backslash'],
    ['a drive letter', { name: 'C:/evil.ts' }, 'drive letter'],
    ['a drive letter without a folder', { name: 'c:evil.ts' }, 'drive letter'],
    ['an alternate data stream', { name: 'functions/a.ts:evil' }, 'colon'],
    ['a line break', { name: 'functions/a\n.ts' }, 'control character'],
    ['an escape sequence', { name: 'functions/\u001b[2J.ts' }, 'control character'],
    ['an empty part', { name: 'functions//evil.ts' }, 'empty name'],
    ['a dot as a part', { name: 'functions/./evil.ts' }, 'empty name or .'],
    ['a name of 256 bytes', { name: `functions/${'a'.repeat(256)}` }, 'more than 255 bytes'],
    ['a name of 128 two-byte letters', { name: `functions/${'ü'.repeat(128)}` }, '255 bytes'],
    ['a long path', { name: `functions/${'a/'.repeat(600)}b.ts` }, 'longer than 1000 bytes'],
    ['node_modules', { name: 'functions/node_modules/x/index.js' }, 'leave node_modules out'],
    ['Node_Modules', { name: 'functions/Node_Modules/x/index.js' }, 'leave node_modules out'],
    ['.env', { name: 'functions/.env' }, 'may hold secrets'],
    ['.env.production', { name: 'functions/lib/.env.production' }, 'may hold secrets'],
    ['a repository', { name: 'functions/.git/config' }, 'leave .git out'],
    ['a file beside functions/', { name: 'tinybase.toml' }, 'out of place'],
    ['a file named functions', { name: 'functions' }, 'out of place'],
    ['another folder', { name: 'deployments/', type: 'directory' }, 'out of place'],
    [
      'a symbolic link',
      { name: 'functions/l.ts', type: 'symlink', linkname: '/etc/passwd' },
      'link',
    ],
    [
      'a hard link',
      { name: 'functions/l.ts', type: 'link', linkname: 'functions/good.ts' },
      'link',
    ],
    ['a character device', { name: 'functions/d', type: 'character-device' }, 'is a device'],
    ['a block device', { name: 'functions/d', type: 'block-device' }, 'is a device'],
    ['a pipe', { name: 'functions/p', type: 'fifo' }, 'is a pipe'],
    ['an unknown kind', { name: 'functions/p', type: 'contiguous-file' }, 'neither a file nor'],
    ['the same file twice', { name: 'functions/good.ts', data: 'other' }, 'is there twice'],
    ['a name in another case', { name: 'functions/GOOD.ts' }, 'differs only in its letters'],
    ['a file below a file', { name: 'functions/good.ts/x.ts' }, 'is a file and a folder'],
    ['a folder in place of a file', { name: 'functions/good.ts', type: 'directory' }, 'a folder'],
  ];
  for (const [attack, entry, problem] of attacks)
    test(attack, async () => {
      using unpacked = await unpack(
        await zip([GOOD, { data: 'x', ...entry }, { name: 'functions/after.ts', data: 'after' }]),
      );
      expect(unpacked.code).toBe('invalid_input');
      expect(unpacked.problems).toHaveLength(1);
      expect(unpacked.problems[0]).toContain(problem);
      expect(listFiles(unpacked.outside)).toEqual([
        'a/b/target/functions/good.ts',
        'archive.tar.gz',
      ]);
      expect(readFileSync(join(unpacked.folder, GOOD.name), 'utf8')).toBe('good');
    });

  test('a composed and a decomposed letter in the same place', async () => {
    using unpacked = await unpack(
      await zip([{ name: 'functions/\u00fc.ts' }, { name: 'functions/u\u0308.ts' }]),
    );
    expect(unpacked.problems[0]).toContain('differs only in its letters');
  });

  test('a folder in another case', async () => {
    using unpacked = await unpack(
      await zip([{ name: 'functions/lib/a.ts' }, { name: 'functions/Lib/b.ts' }]),
    );
    expect(unpacked.problems).toEqual([
      expect.stringContaining('functions/Lib differs only in its letters'),
    ]);
  });

  test('two single files beside each other', async () => {
    using unpacked = await unpack(await zip([{ name: 'functions.ts' }, { name: 'functions.js' }]));
    expect(unpacked.problems[0]).toContain('one too many beside functions.ts');
  });

  test('a name that is not UTF-8', async () => {
    const tar = await makeTar([{ name: 'functions/aa.ts', data: 'x' }]);
    const broken = patchHeader(tar, 'functions/'.length, Buffer.from([0xff, 0xfe]));
    using unpacked = await unpack(gzipSync(broken));
    expect(unpacked.problems[0]).toContain('not UTF-8');
  });

  test('a name that hides its end behind a NUL', async () => {
    using unpacked = await unpack(
      await zip([{ name: 'functions/a.ts', data: 'x', pax: { path: 'functions/a.ts\0.png' } }]),
    );
    expect(unpacked.problems[0]).toContain('NUL');
  });

  test('an extended header that gives a harmless name another', async () => {
    using unpacked = await unpack(
      await zip([{ name: 'functions/a.ts', data: 'x', pax: { path: '../../evil.ts' } }]),
    );
    expect(unpacked.problems).toEqual([expect.stringContaining('leads out of the archive')]);
    expect(listFiles(unpacked.outside)).toEqual(['archive.tar.gz']);
  });

  test('every bad entry is named at once, up to twenty', async () => {
    const bad = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `functions/.env${index}` }));
    using some = await unpack(await zip(bad(3)));
    expect(some.problems.map((problem) => problem.split(': ')[0])).toEqual([
      'functions/.env0',
      'functions/.env1',
      'functions/.env2',
    ]);
    using many = await unpack(await zip(bad(40)));
    expect(many.problems).toHaveLength(20);
  });
});

describe('sizes', () => {
  test('more files than allowed are 413', async () => {
    const entries = Array.from({ length: 51 }, (_, index) => ({ name: `functions/${index}.ts` }));
    using fits = await unpack(await zip(entries.slice(1)));
    expect(fits.code).toBeUndefined();
    using unpacked = await unpack(await zip(entries));
    expect(unpacked.code).toBe('too_large');
    expect(unpacked.problems[0]).toContain('more than 50 files');
  });

  test('folders count as files: they take room as well', async () => {
    const entries = Array.from({ length: 51 }, (_, index) => ({
      name: `functions/${index}`,
      type: 'directory' as const,
    }));
    using unpacked = await unpack(await zip(entries));
    expect(unpacked.code).toBe('too_large');
  });

  test('a file that is larger than allowed is 413 before a byte of it is written', async () => {
    using unpacked = await unpack(
      await makeArchive({ 'functions/big.bin': Buffer.alloc(100_001) }),
    );
    expect(unpacked.code).toBe('too_large');
    expect(unpacked.problems[0]).toContain('functions/big.bin is larger');
    expect(listFiles(unpacked.folder)).toEqual([]);
  });

  test('more bytes than allowed in many files are 413', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [`functions/${index}`, Buffer.alloc(80_000)]),
    );
    using unpacked = await unpack(await makeArchive(files));
    expect(unpacked.code).toBe('too_large');
    expect(unpacked.problems[0]).toContain('may be unpacked');
  });

  test('a gzip bomb is stopped early: disk and memory stay near the limit, however much it holds', async () => {
    // 512 MB of zeros, half a megabyte of gzip, behind a header that promises a small file.
    const part = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const start = gzipSync((await makeTar([GOOD])).subarray(0, 1024));
    const bomb = Buffer.concat([start, ...Array.from({ length: 8 }, () => part)]);
    await expectAtBest(async () => {
      const before = process.memoryUsage.rss();
      using unpacked = await unpack(bomb);
      expect(unpacked.code).toBe('too_large');
      expect(listFiles(unpacked.folder)).toEqual(['functions/good.ts']);
      return above(128 * 1024 * 1024, { memory: process.memoryUsage.rss() - before });
    });
  });

  test('a header that promises a file of eight exabytes is refused at once', async () => {
    const tar = await makeTar([
      { name: 'functions/a.ts', data: 'x', pax: { size: '9000000000000000000' } },
    ]);
    using unpacked = await unpack(gzipSync(tar));
    expect(unpacked.code).toBe('too_large');
    const base256 = Buffer.from([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const huge = patchHeader(await makeTar([GOOD]), 124, base256);
    using second = await unpack(gzipSync(huge));
    expect(second.code).toBe('too_large');
    const negative = patchHeader(await makeTar([GOOD]), 124, Buffer.alloc(12, 0xff));
    using third = await unpack(gzipSync(negative));
    expect(third.code).toBe('invalid_input');
  });
});

describe('what is no whole archive is refused', () => {
  const good = () => makeTar([GOOD, { name: 'functions/b.ts', data: Buffer.alloc(5_000, 'b') }]);
  const broken: readonly (readonly [string, () => Promise<Buffer>, string])[] = [
    ['nothing at all', async () => Buffer.alloc(0), 'cut off'],
    ['text', async () => Buffer.from('hello hello hello'), 'no gzip'],
    ['a zip', async () => Buffer.from('PK\u0003\u0004 and so on'), 'no gzip'],
    ['a tar that is not compressed', good, 'no gzip'],
    ['a gzip of text', async () => gzipSync('hello '.repeat(200)), 'no tar'],
    ['a gzip of nothing', async () => gzipSync(''), 'empty|cut off'],
    ['an archive without files', async () => gzipSync(await makeTar([])), 'empty'],
    ['an archive of folders alone', () => zip([{ name: 'functions', type: 'directory' }]), 'empty'],
    ['half of the gzip', async () => gzipSync(await good()).subarray(0, 60), 'cut off|damaged'],
    ['a gzip without its checksum', async () => gzipSync(await good()).subarray(0, -8), 'cut off'],
    [
      'a gzip with a wrong checksum',
      async () => {
        const archive = gzipSync(await good());
        archive[archive.length - 8] = (archive.at(-8) ?? 0) ^ 1;
        return archive;
      },
      'damaged',
    ],
    [
      'a tar that ends in a file',
      async () => gzipSync((await good()).subarray(0, 3_000)),
      'cut off',
    ],
    [
      'a tar that ends in a header',
      async () => gzipSync((await good()).subarray(0, 100)),
      'cut off',
    ],
    [
      'a tar without its end, cut between two files',
      async () => gzipSync((await good()).subarray(0, 1_024)),
      'the end of the tar is missing',
    ],
    [
      'a tar header with a wrong checksum',
      async () => {
        const tar = await good();
        tar[3] = 0x78;
        return gzipSync(tar);
      },
      'no tar archive, or a damaged',
    ],
    [
      'garbage behind the gzip',
      async () => Buffer.concat([gzipSync(await good()), Buffer.from('garbage')]),
      'damaged|after its end',
    ],
    [
      'zeros behind the gzip',
      async () => Buffer.concat([gzipSync(await good()), Buffer.alloc(100)]),
      'after its end',
    ],
    [
      'garbage behind the tar',
      async () => gzipSync(Buffer.concat([await good(), Buffer.alloc(700, 'g')])),
      'damaged|end of the tar',
    ],
  ];
  for (const [what, make, problem] of broken)
    test(what, async () => {
      using unpacked = await unpack(await make());
      expect(unpacked.code).toBe('invalid_input');
      expect(unpacked.problems[0]).toMatch(new RegExp(problem));
    });
});

describe('whatever comes', () => {
  test('a damaged archive is refused or unpacked, never an unforeseen error, never outside', async () => {
    const archive = await makeTar([GOOD, { name: 'functions/lib/b.ts', data: 'b'.repeat(700) }]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const damaged = Buffer.from(archive);
          for (const [at, byte] of changes) damaged[at] = byte;
          using unpacked = await unpack(gzipSync(damaged));
          const outside = listFiles(unpacked.outside).filter(
            (path) => !path.startsWith('a/b/target/'),
          );
          expect(outside).toEqual(['archive.tar.gz']);
          if (unpacked.code === undefined)
            expect(listFiles(unpacked.folder)).toEqual([...unpacked.files].sort());
        },
      ),
      { numRuns: 200 },
    );
  });

  test('names of any letters are unpacked exactly there or refused', async () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'functions', 'a', 'A', '\\', 'C:', '.env', 'ü', 'u\u0308'),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(part, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
        async (names) => {
          const entries = names.map((parts) => ({ name: ['functions', ...parts].join('/') }));
          using unpacked = await unpack(await zip(entries));
          const written = listFiles(unpacked.outside).filter((path) => path !== 'archive.tar.gz');
          expect(written.every((path) => path.startsWith('a/b/target/functions/'))).toBe(true);
          if (unpacked.code === undefined)
            expect(written).toEqual(unpacked.files.map((path) => `a/b/target/${path}`).sort());
        },
      ),
      { numRuns: 200 },
    );
  });
});
