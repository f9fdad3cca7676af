import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Client } from '../../scripts/support/http-client.ts';
import { makeArchive, makeTar, type TarEntry } from '../features/deployments/tar-gz.ts';
import {
  createAdmin,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { answering, resultOf } from './functions-tools.ts';

setDefaultTimeout(600_000);

const A = { name: 'functions/a.ts', data: answering('evil') };
const packed = async (...entries: readonly TarEntry[]) => gzipSync(await makeTar([A, ...entries]));
/** Zeros are packed a thousand to one. */
const zeros = (mb: number) => Buffer.alloc(mb * 1024 * 1024);

const ATTACKS: readonly (readonly [attack: string, make: () => Promise<Buffer>, status: number])[] =
  [
    ['a path with ..', () => packed({ name: '../evil.ts', data: 'x' }), 422],
    [
      'a path with .. in its middle',
      () => packed({ name: 'functions/x/../../../evil.ts', data: 'x' }),
      422,
    ],
    ['an absolute path', () => packed({ name: '/tmp/evil.ts', data: 'x' }), 422],
    ['a path of Windows', () => packed({ name: 'functions\\..\\..\\evil.ts', data: 'x' }), 422],
    [
      'a symbolic link to /etc',
      () => packed({ name: 'functions/lib', type: 'symlink', linkname: '/etc' }),
      422,
    ],
    [
      'a file written through a symbolic link',
      () =>
        packed(
          { name: 'functions/lib', type: 'symlink', linkname: '..' },
          { name: 'functions/lib/evil.ts', data: 'x' },
        ),
      422,
    ],
    [
      'a hard link to the database',
      () => packed({ name: 'functions/db', type: 'link', linkname: '../../tinybase.db' }),
      422,
    ],
    [
      'a device',
      () => packed({ name: 'functions/null', type: 'character-device', devmajor: 1, devminor: 3 }),
      422,
    ],
    ['a pipe', () => packed({ name: 'functions/pipe', type: 'fifo' }), 422],
    [
      'two names that meet on a disk without case',
      () => packed({ name: 'functions/A.ts', data: 'x' }),
      422,
    ],
    ['the same name twice', () => packed(A), 422],
    ['a .env', () => packed({ name: 'functions/.env', data: 'SECRET=1' }), 422],
    [
      'packages it brings along',
      () => packed({ name: 'functions/node_modules/x/index.js', data: 'x' }),
      422,
    ],
    [
      'too many files',
      () =>
        packed(
          ...Array.from({ length: 5_100 }, (_, index) => ({
            name: `functions/f/${index}`,
            data: '',
          })),
        ),
      413,
    ],
    ['a file that is too large', () => packed({ name: 'functions/zeros', data: zeros(65) }), 413],
    [
      'a gzip bomb of files that are each small enough',
      () =>
        packed(...[1, 2, 3, 4, 5].map((at) => ({ name: `functions/zeros${at}`, data: zeros(60) }))),
      413,
    ],
    [
      'a body that is larger than server.max_upload_mb',
      async () => Buffer.alloc(3 * 1024 * 1024),
      413,
    ],
    ['no archive at all', async () => Buffer.from('hello'), 422],
    ['half an archive', async () => (await packed()).subarray(0, 60), 422],
    ['an archive without functions', () => makeArchive({ 'functions/readme.md': 'nothing' }), 422],
  ];

describe('an archive of an attacker over HTTP changes nothing, leaves nothing and is not listed', () => {
  let server: ServerProcess;
  let admin: Client;
  const parent = makeTemporaryFolder();
  const send = (archive: Buffer) =>
    admin.request('POST', '/api/admin/functions/deploy', new Uint8Array(archive), {
      'content-type': 'application/gzip',
    });
  const list = (path: string) =>
    readdirSync(path)
      .filter((name) => !/\.db-(wal|shm)$/.test(name))
      .sort();
  const look = async () => ({
    answer: await resultOf(server.url, 'a'),
    deployments: (await admin.get('/api/admin/functions/deployments')).body.items,
    beside: list(parent),
    files: list(server.dir),
    folders: list(join(server.dir, 'deployments')),
    inside: list(join(server.dir, 'deployments', list(join(server.dir, 'deployments'))[0] ?? '')),
  });

  beforeAll(async () => {
    const dir = join(parent, 'project');
    writeFiles(dir, { 'functions/b.ts': answering('local') });
    server = await startBinary({ dir, env: { TINYBASE_SERVER_MAX_UPLOAD_MB: '2' } });
    admin = await createAdmin(server);
    expect((await send(await makeArchive({ 'functions/a.ts': answering('good') }))).status).toBe(
      201,
    );
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  for (const [attack, make, status] of ATTACKS)
    test(attack, async () => {
      const before = await look();
      expect(before).toMatchObject({
        answer: 'good',
        deployments: { length: 1 },
        folders: { length: 1 },
      });
      const answer = await send(await make());
      expect(answer.status, JSON.stringify(answer.body)).toBe(status);
      expect(answer.body.code).toBe(status === 413 ? 'too_large' : 'invalid_input');
      expect(JSON.stringify(answer.body)).not.toContain(dirname(server.dir));
      expect(await look()).toEqual(before);
    });
});
