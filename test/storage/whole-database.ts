import { Database } from 'bun:sqlite';
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { closeFile, openFile } from '../../src/storage/sqlite/open-file.ts';

/** Makes a database with one noted text, closed. */
export function makeDatabase(path: string, text = 'first', megabytes = 0): void {
  const db = openFile(path);
  writeText(db, text);
  const insert = db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  db.transaction(() => {
    for (let at = 0; at < megabytes; at++) insert.run(`filling ${at}`, 'x'.repeat(1_000_000));
  })();
  closeFile(db, path);
}

export function writeText(db: Database, text: string): void {
  db.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('text', ?)").run(text);
}

/** The noted text of a whole database; throws when it is not whole. */
export function readText(path: string): string | undefined {
  const db = new Database(path, { readonly: true });
  try {
    const [check] = db.query<{ integrity_check: string }, []>('PRAGMA integrity_check').all();
    if (check?.integrity_check !== 'ok') throw new Error(`damaged: ${check?.integrity_check}`);
    return db.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'text'").get()
      ?.value;
  } finally {
    db.close();
  }
}

/** Turns bytes of a file around, as a bad disk does. */
export function damage(path: string, offset: number, length = 1): void {
  const file = openSync(path, 'r+');
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, offset);
  writeSync(
    file,
    bytes.map((byte) => byte ^ 0xff),
    0,
    length,
    offset,
  );
  closeSync(file);
}

export function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
