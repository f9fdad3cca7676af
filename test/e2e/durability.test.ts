import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, expectStatus } from '../../scripts/support/http-client.ts';
import { formatRequest, RawConnection } from '../../scripts/support/raw-connection.ts';
import { createAdmin, type ServerProcess, startBinary } from '../support/binary.ts';
import { openCollection } from '../support/fixtures.ts';

const WRITERS = 16;
const ROUNDS = 3;
/** Enough that the kill falls among full groups of writes. */
const ACKED_BEFORE_KILL = 2000;
const RECORDS = '/api/collections/notes/records';

function createRequest(server: ServerProcess, title: string): string {
  return formatRequest('POST', RECORDS, { host: `127.0.0.1:${server.port}`, body: { title } });
}

/** Writers in flight until the server is gone; the answer is every id that was answered with 201. */
async function writeUntilKilled(
  server: ServerProcess,
  round: number,
): Promise<Map<string, string>> {
  const acked = new Map<string, string>();
  let killed: Promise<void> | undefined;
  const writer = async (number: number) => {
    const connection = await RawConnection.open('127.0.0.1', server.port);
    for (let n = 0; ; n++) {
      const title = `round ${round} writer ${number} note ${n}`;
      const answer = await connection.send(createRequest(server, title)).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer.status).toBe(201);
      acked.set((JSON.parse(answer.body.toString()) as { id: string }).id, title);
      if (acked.size >= ACKED_BEFORE_KILL) killed ??= server.kill9();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
  await killed;
  return acked;
}

async function readAll(url: string): Promise<Map<string, string>> {
  const stored = new Map<string, string>();
  for (let offset = 0, total = 1; offset < total; offset += 1000) {
    const page = expectStatus(
      await createClient(url).get(`${RECORDS}?limit=1000&offset=${offset}&sort=created_at`),
      200,
      'listing what survived',
    );
    total = page.total;
    for (const item of page.items) stored.set(item.id, item.data.title);
  }
  return stored;
}

test('an answered write survives kill -9', async () => {
  let server = await startBinary();
  try {
    const admin = await createAdmin(server);
    expectStatus(await admin.post('/api/collections', openCollection('notes')), 201, 'notes');
    const acked = new Map<string, string>();
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [id, title] of await writeUntilKilled(server, round)) acked.set(id, title);
      server = await server.restart();
      const stored = await readAll(server.url);
      for (const [id, title] of acked) expect(stored.get(id)).toBe(title);
      // What was in flight may be there or not; nothing else may.
      expect(stored.size - acked.size).toBeLessThanOrEqual(WRITERS * round);
      console.log(
        `  kill -9, round ${round}: ${acked.size} answered, ${stored.size} stored, 0 lost`,
      );
    }
    expect(await server.stop()).toBe(0);
    const database = new Database(join(server.dir, 'tinybase.db'), { readonly: true });
    expect(database.query('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

const TRACED = 'fdatasync,fsync,recvfrom,recvmsg,read,readv,sendto,sendmsg,write,writev';

/** In the order of the trace: where the request came in, how often the disk was waited for, the answer. */
function countSyncs(lines: readonly string[], mark: string): number {
  const asked = lines.findIndex((line) => line.includes(mark) && line.includes('POST /api/coll'));
  expect(asked, `the request ${mark} is in the trace`).toBeGreaterThanOrEqual(0);
  const length = lines
    .slice(asked)
    .findIndex(
      (line) => /\b(sendto|sendmsg|writev?)\(/.test(line) && line.includes('HTTP/1.1 201'),
    );
  expect(length, `the answer to ${mark} is in the trace`).toBeGreaterThan(0);
  return lines
    .slice(asked, asked + length)
    .filter((line) => /\bf(data)?sync\(\d+\)?.*= 0|\bf(data)?sync resumed.*= 0/.test(line)).length;
}

test.skipIf(Bun.which('strace') === null)(
  'a lone write is followed by at least one fdatasync before its answer',
  async () => {
    const writes = 20;
    await using server = await startBinary({
      // -D: the tracer is the grandchild, so that signals and the pid are the server's own.
      wrapper: [
        'strace',
        '-D',
        '-f',
        '-qq',
        '-s',
        '400',
        '-o',
        'trace.txt',
        '-e',
        `trace=${TRACED}`,
      ],
    });
    const admin = await createAdmin(server);
    expectStatus(await admin.post('/api/collections', openCollection('notes')), 201, 'notes');
    const connection = await RawConnection.open('127.0.0.1', server.port);
    for (let n = 0; n < writes; n++) {
      const answer = await connection.send(createRequest(server, `lone-write-${n}-`));
      expect(answer.status).toBe(201);
    }
    connection.close();
    await server.stop();
    const trace = join(server.dir, 'trace.txt');
    expect(existsSync(trace)).toBe(true);
    const lines = readFileSync(trace, 'utf8').split('\n');
    const syncs = Array.from({ length: writes }, (_, n) => countSyncs(lines, `lone-write-${n}-`));
    // Bun's SQLite may call fsync, which waits for at least as much.
    console.log(
      `  fdatasync or fsync before the answer of ${writes} lone writes: ${syncs.join(' ')}`,
    );
    for (const count of syncs) expect(count).toBeGreaterThanOrEqual(1);
  },
);
