import { Database } from 'bun:sqlite';
import { expect } from 'bun:test';
import { join } from 'node:path';
import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import type { ServerProcess } from '../support/binary.ts';
import { HAS_PROC, readResidentMb } from '../support/processes.ts';

export type Data = Readonly<Record<string, unknown>>;

/** A record as the API answers it. */
export interface Item {
  readonly id: string;
  readonly owner_id: string | null;
  readonly data: Data;
}

export const FILE_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
export type FileFormat = keyof typeof FILE_TYPES;

export const recordsOf = (collection: string) => `/api/collections/${collection}/records`;

export async function makeCollection(
  admin: Client,
  name: string,
  fields: readonly object[],
  options: object = {},
): Promise<void> {
  const body = { name, schema: { fields }, options };
  expectStatus(await admin.post('/api/collections', body), 201, `making ${name}`);
}

export function toNdjson(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** Every cell in quotes, by the names of the first row. */
export function toCsv(rows: readonly object[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => {
    const cells = new Map<string, unknown>(Object.entries(row));
    return names.map((name) => `"${String(cells.get(name)).replaceAll('"', '""')}"`).join(',');
  });
  return `${names.join(',')}\n${lines.join('\n')}\n`;
}

/** Sends a file; the answer may be a refusal. */
export function sendFile(
  client: Client,
  collection: string,
  format: FileFormat,
  file: string | Uint8Array<ArrayBuffer>,
  query = '',
) {
  const path = `${recordsOf(collection)}/import${query}`;
  return client.request('POST', path, file, { 'content-type': FILE_TYPES[format] });
}

export async function fill(
  client: Client,
  collection: string,
  rows: readonly object[],
): Promise<void> {
  const answer = await sendFile(client, collection, 'ndjson', toNdjson(rows));
  const body = expectStatus(answer, 200, `filling ${collection}`);
  expect(body).toEqual({ created: rows.length, updated: 0, failed: 0, errors: [] });
}

export function parseNdjson<Row = Item>(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** Everything that a client may list of a collection, oldest first. */
export async function readAll(client: Client, collection: string, query = ''): Promise<Item[]> {
  const answer = await client.get(`${recordsOf(collection)}/export?format=ndjson${query}`);
  const text = expectStatus(answer, 200, `exporting ${collection}`);
  // One line of JSON, or none at all, is no text any more once a client has read it.
  if (typeof text === 'string') return parseNdjson(text);
  return text === undefined ? [] : [text];
}

export async function readData(client: Client, collection: string): Promise<Data[]> {
  return (await readAll(client, collection)).map(({ data }) => data);
}

/** Looks into the file beside the server, which keeps running. */
export function expectSoundFile(server: ServerProcess): void {
  using database = new Database(join(server.dir, 'tinybase.db'), { readonly: true });
  expect(database.query('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(database.query('PRAGMA foreign_key_check').all()).toEqual([]);
}

/** Watches the memory of a process until `end`, which answers the bytes that it held at most; 0 but on Linux. */
export function watchMemory(pid: number): { end(): number } {
  let most = 0;
  const look = () => {
    if (HAS_PROC) most = Math.max(most, readResidentMb(pid) * 1024 * 1024);
  };
  look();
  const timer = setInterval(look, 10);
  return {
    end() {
      clearInterval(timer);
      look();
      return most;
    },
  };
}

export const toMegabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
