import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isOtherAlive } from '../lib/other-process.ts';
import { AppError } from './errors.ts';

/** Checked rows on their way into the database, in a file that only this user may read. */
export interface Spool<Row> {
  readonly path: string;
  rows(): number;
  add(row: Row): void;
  /** Waits while much is still to be written. */
  settle(): Promise<void>;
  /** Everything is in the file. */
  finish(): Promise<void>;
  remove(): Promise<void>;
}

const PREFIX = '.tinybase-import-';
const NAME = /^\.tinybase-import-(\d+)-[0-9a-f-]{36}\.ndjson$/;
const FLUSH_LENGTH = 256 * 1024;

/** Names of those that this process uses: after a restart another may have the same number. */
const ours = new Set<string>();

export async function openSpool<Row>(folder: string): Promise<Spool<Row>> {
  const name = `${PREFIX}${process.pid}-${randomUUID()}.ndjson`;
  const path = join(folder, name);
  ours.add(name);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    ours.delete(name);
    throw error;
  }
  let text: string[] = [];
  let length = 0;
  let rows = 0;

  async function flush(): Promise<void> {
    const waiting = text.join('');
    text = [];
    length = 0;
    await file?.writeFile(waiting).catch(refuse);
  }
  async function close(): Promise<void> {
    const open = file;
    file = undefined;
    await open?.close();
  }

  return {
    path,
    rows: () => rows,
    add(row) {
      const line = `${JSON.stringify(row)}\n`;
      text.push(line);
      length += line.length;
      rows++;
    },
    async settle() {
      if (length >= FLUSH_LENGTH) await flush();
    },
    async finish() {
      await flush();
      await close();
    },
    async remove() {
      await close();
      await rm(path, { force: true });
      ours.delete(name);
    },
  };
}

function refuse(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
  throw new AppError(
    'unavailable',
    'There is no room on the disk for the rows of this import: nothing was written.',
    { cause: error },
  );
}

/** Removes what processes left behind that were killed in the middle of an import. */
export async function removeStaleSpools(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || ours.has(name) || isOtherAlive(Number(pid))) continue;
    await rm(join(folder, name), { force: true });
  }
}
