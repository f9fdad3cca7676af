import { describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import type { Client } from '../../scripts/support/http-client.ts';
import { createAdmin, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { fault, problem, serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';
import {
  type Data,
  FILE_TYPES,
  type FileFormat,
  fill,
  makeCollection,
  readAll,
  readData,
  recordsOf,
  sendFile,
  toCsv,
  toNdjson,
} from './bulk.ts';

const served = serveForFile();

const FORMATS = ['csv', 'ndjson'] as const satisfies readonly FileFormat[];

let made = 0;

async function make(fields: readonly object[], options: object = {}): Promise<string> {
  const name = `files_${++made}`;
  await makeCollection(served().admin, name, fields, options);
  return name;
}

const FIELDS = [
  { name: 'name', type: 'string', required: true },
  { name: 'code', type: 'string', unique: true },
  { name: 'stars', type: 'integer', min: 0, max: 5 },
];
const ROWS = Array.from({ length: 400 }, (_, n) => ({
  name: `name ${n}`,
  code: `c${n}`,
  stars: n % 6,
}));
/** How a row is written, and in which line the first of them stands. */
const WRITERS = {
  csv: { write: toCsv, firstLine: 2 },
  ndjson: { write: toNdjson, firstLine: 1 },
} as const;

/** The rows, but for those that are replaced. */
const withRows = (replaced: Readonly<Record<number, object>>): readonly Data[] =>
  ROWS.map((row, n) => ({ ...row, ...replaced[n] }));

describe.each([...FORMATS])('an import of %s', (format) => {
  const { write, firstLine } = WRITERS[format];
  const send = (who: Client, name: string, rows: readonly Data[], query = '') =>
    sendFile(who, name, format, write(rows), query);

  test('as a dry run says what would happen and writes nothing', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    const good = await send(admin, name, ROWS, '?dry_run=true');
    expect(good.status).toBe(200);
    expect(good.body).toEqual({ created: ROWS.length, updated: 0, failed: 0, errors: [] });
    // Also what only the database can know: the value of another row, and of another record.
    const bad = await send(admin, name, withRows({ 3: { code: 'c1' } }), '?dry_run=true');
    expect(bad.status).toBe(200);
    expect(bad.body).toMatchObject({ created: ROWS.length - 1, failed: 1 });
    expect(bad.body.errors).toEqual([
      { line: firstLine + 3, loc: ['code'], msg: expect.stringContaining('unique') },
    ]);
    expect(await readAll(admin, name)).toEqual([]);
  });

  test('with a fault in the first or the last line names that line, and writes nothing', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    const last = ROWS.length - 1;
    for (const wrong of [[0], [last], [0, last]]) {
      const rows = withRows(Object.fromEntries(wrong.map((n) => [n, { stars: 6 }])));
      const { status, body } = await send(admin, name, rows);
      expect(status).toBe(422);
      expect(body).toMatchObject({ created: 0, updated: 0, failed: wrong.length });
      expect(body).toMatchObject(problem('invalid_input'));
      expect(body.errors).toEqual(
        wrong.map((n) => ({ line: firstLine + n, loc: ['stars'], msg: expect.any(String) })),
      );
    }
    expect(await readAll(admin, name)).toEqual([]);
  });

  test('that is partial keeps the good rows and tells of the others', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    const rows = withRows({
      0: { stars: -1 },
      7: { name: '' },
      8: { code: 'c1' },
      399: { stars: 'x' },
    });
    const { status, body } = await send(admin, name, rows, '?partial=true');
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: ROWS.length - 3, updated: 0, failed: 3 });
    expect(body.errors.map(({ line }: { line: number }) => line)).toEqual(
      [0, 8, 399].map((n) => firstLine + n),
    );
    const stored = await readData(admin, name);
    expect(stored).toHaveLength(ROWS.length - 3);
    // An empty text is a value.
    expect(stored.find(({ code }) => code === 'c7')).toMatchObject({ name: '' });
  });

  test('with upsert_by changes what is there and creates the rest', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    await fill(admin, name, ROWS.slice(0, 100));
    const before = new Map((await readAll(admin, name)).map((one) => [one.data.code, one.id]));
    const rows = ROWS.map((row) => ({ ...row, name: `new ${row.name}` }));
    const dry = await send(admin, name, rows, '?upsert_by=code&dry_run=true');
    expect(dry.body).toMatchObject({ created: 300, updated: 100 });
    expect((await readData(admin, name))[0]).toEqual(ROWS[0] ?? {});
    const { status, body } = await send(admin, name, rows, '?upsert_by=code');
    expect(status).toBe(200);
    expect(body).toEqual({ created: 300, updated: 100, failed: 0, errors: [] });
    const after = await readAll(admin, name);
    expect(after.map(({ data }) => data)).toEqual(rows);
    for (const { id, data } of after.slice(0, 100)) expect(id).toBe(before.get(data.code) ?? '');
    const wrong = await send(admin, name, rows, '?upsert_by=stars');
    expect(wrong.status).toBe(422);
    fault(['query', 'upsert_by'])(wrong.body);
  });

  test("does not change others' records, nor tell what is in them", async () => {
    const { ann, bob, admin } = served();
    const name = await make(FIELDS, { access: { list: 'auth', read: 'auth' } });
    await fill(bob, name, [{ name: 'of bob', code: 'c1', stars: 1 }]);
    const rows = [
      { name: 'mine', code: 'c0', stars: 0 },
      { name: 'taken over', code: 'c1', stars: 5 },
    ];
    const { status, body } = await send(ann, name, rows, '?upsert_by=code');
    expect(status).toBe(422);
    expect(body).toMatchObject({ created: 0, updated: 0, failed: 1 });
    expect(body.errors[0]).toMatchObject({ line: firstLine + 1 });
    expect(JSON.stringify(body)).not.toContain('of bob');
    expect(await readData(admin, name)).toEqual([{ name: 'of bob', code: 'c1', stars: 1 }]);
    const named = await send(ann, name, [{ owner_id: bob.id, name: 'x', code: 'c9', stars: 1 }]);
    expect(named.status).toBe(403);
    // What is made by an import belongs to the one who sent it.
    expect((await send(ann, name, rows.slice(0, 1))).status).toBe(200);
    expect((await readAll(admin, name)).map((one) => one.owner_id)).toEqual([bob.id, ann.id]);
  });

  test('is refused like a create where the caller may not', async () => {
    const { anonymous, ann } = served();
    const name = await make(FIELDS, { access: { create: 'admin', list: 'public' } });
    expect((await send(anonymous, name, ROWS)).status).toBe(401);
    expect((await send(ann, name, ROWS)).status).toBe(403);
    expect((await send(ann, 'no_such', ROWS)).status).toBe(404);
  });

  test('that breaks off in the middle imports nothing, and leaves no file behind', async () => {
    const { admin, server } = served();
    const name = await make(FIELDS);
    const file = Buffer.from(write(Array.from({ length: 20 }, () => ROWS).flat()));
    const half = file.subarray(0, Math.floor(file.length / 2));
    for (const framing of [`Content-Length: ${file.length}`, 'Transfer-Encoding: chunked']) {
      const isChunked = framing.startsWith('Transfer');
      await sendHalf(server.port, [
        `POST ${recordsOf(name)}/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${admin.token}\r\nContent-Type: ${FILE_TYPES[format]}\r\n${framing}\r\n\r\n`,
        ...(isChunked ? [`${half.length.toString(16)}\r\n`, half, '\r\n'] : [half]),
      ]);
      // Also so that the next one is known to have begun by a file of its own.
      await until(() => !isImporting(), 'its file is gone');
    }
    expect(await readAll(admin, name)).toEqual([]);
    // All places are free again, each a little after its file is gone.
    const sendAll = async (query?: string) => {
      const quarters = [0, 1, 2, 3].map((n) => ROWS.slice(n * 100, n * 100 + 100));
      const answers = await Promise.all(quarters.map((rows) => send(admin, name, rows, query)));
      return answers.map(({ status }) => status);
    };
    const areFree = async () => (await sendAll('?dry_run=true')).every((status) => status === 200);
    await until(areFree, 'all places are free');
    expect(await sendAll()).toEqual([200, 200, 200, 200]);
    expect((await readData(admin, name)).length).toBe(ROWS.length);
  });
});

const isImporting = () =>
  readdirSync(served().server.dir).some((entry) => entry.startsWith('.tinybase-import-'));

/** Sends what there is, waits until the server has begun, and hangs up. */
function sendHalf(port: number, parts: readonly (string | Uint8Array)[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', async () => {
      for (const part of parts) socket.write(part);
      while (!isImporting()) await Bun.sleep(1);
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}

describe('a file that cannot be read', () => {
  test('with an unknown column names it and the nearest field, all faults at once', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    const { status, body } = await sendFile(admin, name, 'csv', 'nam,code,code,stars\n');
    expect(status).toBe(422);
    fault(['body', 'header', 'nam'], ['body', 'header', 'code'], ['body', 'header', 'name'])(body);
    expect(JSON.stringify(body)).toContain('did you mean name?');
  });

  test('without header, or with cells too many, is told so', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    expect((await sendFile(admin, name, 'csv', '')).status).toBe(422);
    const { status, body } = await sendFile(admin, name, 'csv', 'name,code\na,b,c\n"d\n');
    expect(status).toBe(422);
    expect(body.errors.map(({ line }: { line: number }) => line)).toEqual([2, 3]);
    expect(await readAll(admin, name)).toEqual([]);
  });

  test('with an unknown key in a line of NDJSON names line and key', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    const file = '{"name":"a"}\n\n{"name":"b","star":1}\n{"name":\n[1]\n';
    const { status, body } = await sendFile(admin, name, 'ndjson', file);
    expect(status).toBe(422);
    expect(body.errors.map(({ line, loc }: { line: number; loc: unknown }) => [line, loc])).toEqual(
      [
        [3, ['star']],
        [4, []],
        [5, []],
      ],
    );
    expect(body).toMatchObject({ created: 0, failed: 3 });
    expect(await readAll(admin, name)).toEqual([]);
  });

  test('of another type is 415', async () => {
    const { admin } = served();
    const name = await make(FIELDS);
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const path = `${recordsOf(name)}/import`;
      const { status, body } = await admin.request('POST', path, 'name\na\n', {
        'content-type': type,
      });
      expect(status).toBe(415);
      expect(body).toEqual(problem('unsupported_media_type'));
    }
  });
});

test('a file that is too large is 413, whether its length is said or not, and nothing of it is kept', async () => {
  const dir = makeTemporaryFolder();
  writeFiles(dir, { 'tinybase.toml': '[server]\nmax_upload_mb = 1\n' });
  await using server = await startBinary({ dir });
  const admin = await createAdmin(server);
  await makeCollection(admin, 'things', [{ name: 'text', type: 'string' }]);
  const row = { text: 'x'.repeat(1000) };
  const file = toNdjson(Array.from({ length: 1100 }, () => row));
  const said = await sendFile(admin, 'things', 'ndjson', file);
  const unsaid = await fetch(`${server.url}${recordsOf('things')}/import`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${admin.token}`,
      'content-type': FILE_TYPES.ndjson,
    },
    body: new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < file.length; at += 65_536)
          controller.enqueue(new TextEncoder().encode(file.slice(at, at + 65_536)));
        controller.close();
      },
    }),
  });
  for (const [status, body] of [
    [said.status, said.body],
    [unsaid.status, await unsaid.json()],
  ]) {
    expect(status).toBe(413);
    expect(body).toEqual(problem('too_large'));
  }
  expect(await readAll(admin, 'things')).toEqual([]);
  await fill(
    admin,
    'things',
    Array.from({ length: 900 }, () => row),
  );
});
