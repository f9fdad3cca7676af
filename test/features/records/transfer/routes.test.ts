import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { SYSTEM } from '../../../../src/core/actor.ts';
import { transferRoutes } from '../../../../src/features/records/transfer-routes.ts';
import { createHttpApp } from '../../../http/http-app.ts';
import { until } from '../../../support/until.ts';
import { openTransferApp, type TransferApp } from './transfer-app.ts';

const RECORDS = '/api/collections/things/records';
const CSV = { 'content-type': 'text/csv' };
const MAX_UPLOAD_BYTES = 3 * 1024 * 1024;

let data: TransferApp;
let http: Awaited<ReturnType<typeof createHttpApp>>;
let url: string;
/** Why exports broke off. */
const broken: unknown[] = [];

beforeAll(async () => {
  data = openTransferApp();
  await data.open('things', [
    { name: 'title', type: 'str', required: true },
    { name: 'n', type: 'int' },
  ]);
  await data.open('big', [{ name: 'text', type: 'str' }]);
  const rows = Array.from({ length: 1000 }, () => `{"text":"${'x'.repeat(1000)}"}`).join('\n');
  for (let megabytes = 0; megabytes < 20; megabytes++)
    await data.load('big', rows, { format: 'ndjson' });
  http = await createHttpApp({
    timeoutSeconds: 2,
    routes: (guard) =>
      transferRoutes(data.service, guard, {
        maxUploadBytes: MAX_UPLOAD_BYTES,
        onBroken: (_request, error) => void broken.push(error),
      }),
  });
  ({ url } = await http.server.listen());
});
afterAll(async () => {
  await http.server.stop();
  data[Symbol.dispose]();
});

const post = (
  query: string,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = CSV,
) => http.call('POST', `${RECORDS}/import${query}`, { body, headers });

describe('POST …/import', () => {
  test('answers what it did', async () => {
    const { status, body } = await post('', 'title,n\na,1\nb,2\n');
    expect([status, body]).toEqual([200, { created: 2, updated: 0, failed: 0, errors: [] }]);
  });

  test.each([
    ['application/x-ndjson'],
    ['application/jsonl; charset=utf-8'],
    ['application/NDJSON'],
  ])('takes lines of JSON as %s', async (type) => {
    const { body } = await post('?dry_run=true', '{"title":"x"}\n', { 'content-type': type });
    expect(body).toEqual({ created: 1, updated: 0, failed: 0, errors: [] });
  });

  test.each([
    ['application/json'],
    ['text/plain'],
    ['multipart/form-data; boundary=x'],
    ['text/csvx'],
    [''],
  ])('refuses a body of type %j with 415', async (type) => {
    const { status, body } = await post('', 'title\na', { 'content-type': type });
    expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
  });

  test('answers faults with 422, the lines and nothing written; with 200 when it was only tried or keeps the rest', async () => {
    const file = 'title,n\ngood,1\nbad,x\n';
    const count = () => data.records.count(SYSTEM, 'things');
    const before = await count();
    const refused = await post('', file);
    expect(refused.status).toBe(422);
    expect(refused.body).toEqual({
      created: 0,
      updated: 0,
      failed: 1,
      errors: [{ line: 3, loc: ['n'], msg: expect.any(String) }],
      detail: '1 row has faults: nothing was imported.',
      code: 'invalid_input',
    });
    const tried = await post('?dry_run=true', file);
    expect([tried.status, tried.body.created, tried.body.failed]).toEqual([200, 1, 1]);
    expect(await count()).toBe(before);
    const partial = await post('?partial=true', file);
    expect([partial.status, partial.body.created, partial.body.failed]).toEqual([200, 1, 1]);
    expect(await count()).toBe(before + 1);
  });

  test.each([
    ['?dry_run=1', 'dry_run'],
    ['?upsert=id', 'upsert'],
    ['?upsert_by=title', 'upsert_by'],
    ['?partial=true&partial=true', 'partial'],
  ])('refuses the query %s', async (query, name) => {
    const { status, body } = await post(query, 'title\na');
    expect([status, body.detail[0].loc]).toEqual([422, ['query', name]]);
  });

  test('refuses an unknown column with its place', async () => {
    const { status, body } = await post('', 'titel\na');
    expect(status).toBe(422);
    expect(body.detail).toContainEqual({
      loc: ['body', 'header', 'titel'],
      type: 'extra_forbidden',
      msg: 'is not a field of this collection; did you mean title?',
    });
  });

  test('of too many bytes is 413, whether it says so or not', async () => {
    const line = `${'x'.repeat(1023)}\n`;
    const big = `title\n${line.repeat(3 * 1024 + 1)}`;
    const stream = () => new Response(big).body as ReadableStream;
    for (const body of [big, stream()]) {
      const before = await data.records.count(SYSTEM, 'things');
      const { status, body: answer } = await post('', body);
      expect([status, answer.code]).toEqual([413, 'too_large']);
      expect(await data.records.count(SYSTEM, 'things')).toBe(before);
    }
  });

  test('over the network answers a fault in the header while much is still on its way', async () => {
    const body = `titel\n${'some text\n'.repeat(200_000)}`;
    const answer = await fetch(`${url}${RECORDS}/import`, { method: 'POST', body, headers: CSV });
    expect(answer.status).toBe(422);
  });

  test('may take longer than a request has, while it goes on', async () => {
    async function* slow() {
      yield Buffer.from('title,n\n');
      for (let n = 0; n < 6; n++) {
        yield Buffer.from(`slow,${n}\n`);
        await Bun.sleep(500);
      }
    }
    const answer = await fetch(`${url}${RECORDS}/import`, {
      method: 'POST',
      body: new Response(slow() as never).body as ReadableStream,
      headers: CSV,
    });
    expect(await answer.json()).toMatchObject({ created: 6 });
  }, 600_000);

  test('that its client gives up leaves nothing behind', async () => {
    const before = await data.records.count(SYSTEM, 'things');
    const spools = async () =>
      (
        await Array.fromAsync(
          new Bun.Glob('.tinybase-import-*').scan({ cwd: data.folder.path, dot: true }),
        )
      ).length;
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () =>
      socket.write(
        `POST ${RECORDS}/import HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\ntitle\na\nb\n`,
      ),
    );
    await until(async () => (await spools()) > 0);
    socket.destroy();
    await until(async () => (await spools()) === 0);
    expect(await data.records.count(SYSTEM, 'things')).toBe(before);
  });
});

describe('GET …/export', () => {
  test.each([
    ['', 'application/json', 'things.json'],
    ['?format=ndjson', 'application/x-ndjson', 'things.ndjson'],
    ['?format=csv', 'text/csv; charset=utf-8; header=present', 'things.csv'],
  ])('%s is a file', async (query, type, name) => {
    const { status, headers, text } = await http.call('GET', `${RECORDS}/export${query}`);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': type,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect(text.length).toBeGreaterThan(10);
  });

  test('can be imported again', async () => {
    const { text } = await http.call('GET', `${RECORDS}/export?format=csv&filter[title]=good`);
    const { status, body } = await post('?upsert_by=id', text);
    expect([status, body.updated, body.failed]).toEqual([200, 1, 0]);
  });

  test('answers HEAD without reading on', async () => {
    const { status, headers, text } = await http.call('HEAD', `${RECORDS}/export?format=csv`);
    expect([status, text]).toEqual([200, '']);
    expect(headers.get('content-type')).toStartWith('text/csv');
  });

  test.each([
    ['?format=xml', 422],
    ['?limit=5', 422],
    ['?filter=nope%20=%201', 422],
    ['?fields=nope', 422],
  ])('refuses %s before it begins', async (query, status) => {
    const answer = await http.call('GET', `${RECORDS}/export${query}`);
    expect([answer.status, answer.headers.get('content-disposition')]).toEqual([status, null]);
  });

  test('takes no header from a path: neither lines nor quotes get into the name of the file', async () => {
    for (const name of ['things%0d%0aX-Evil:%201', 'things%22', '..%2Fthings', '%2e%2e'])
      for (const route of ['export', 'import']) {
        const method = route === 'export' ? 'GET' : 'POST';
        const answer = await http.call(method, `/api/collections/${name}/records/${route}`, {
          ...(route === 'import' && { body: 'title\na', headers: CSV }),
        });
        expect(answer.status).toBe(404);
        expect(answer.headers.get('x-evil')).toBeNull();
      }
  });

  test('waits for a slow client, and ends with it', async () => {
    let read = 0;
    const list = data.recordStore.list;
    data.recordStore.list = (scope, page) => {
      read += page.limit;
      return list(scope, page);
    };
    const { hostname, port } = new URL(url);
    const got = await new Promise<number>((resolve) => {
      let bytes = 0;
      const socket = connect(Number(port), hostname, () =>
        socket.write('GET /api/collections/big/records/export HTTP/1.1\r\nHost: x\r\n\r\n'),
      );
      socket.once('data', (piece) => {
        bytes = piece.length;
        socket.pause();
        setTimeout(() => socket.destroy(), 1000);
      });
      socket.on('close', () => resolve(bytes));
    });
    const readWhileStuck = read;
    data.recordStore.list = list;
    expect(got).toBeGreaterThan(0);
    // As much as the buffers of two sockets hold, not all of it.
    expect(readWhileStuck).toBeLessThan(15_000);
  }, 600_000);

  test('breaks the connection when it cannot go on: nobody takes a part for the whole', async () => {
    const list = data.recordStore.list;
    let pages = 0;
    data.recordStore.list = (scope, page) => {
      if (++pages > 2) throw new Error('the disk is gone');
      return list(scope, page);
    };
    const text = fetch(`${url}/api/collections/big/records/export?format=ndjson`).then((answer) =>
      answer.text(),
    );
    expect(
      await text.then(
        () => 'ended',
        () => 'broken',
      ),
    ).toBe('broken');
    expect(broken).toMatchObject([{ message: 'the disk is gone' }]);
    data.recordStore.list = list;
  });
});
