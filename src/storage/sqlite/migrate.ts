import type { Database } from 'bun:sqlite';
import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';

/** Marks a file as ours (PRAGMA application_id): the letters "TBdb". */
export const APPLICATION_ID = 0x54426462;

function pragma(db: Database, name: string): number {
  return Object.values(db.query(`PRAGMA ${name}`).get() as Record<string, number>)[0] ?? 0;
}

function isEmpty(db: Database): boolean {
  const { n } = db.query('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number };
  return n === 0;
}

/**
 * Brings the system tables up to date, in one transaction, after a copy beside the file when there is
 * data. Refuses a file of another program and one that a newer TinyBase has written.
 */
export function migrate(db: Database, path: string, migrations: readonly string[]): void {
  const version = pragma(db, 'user_version');
  const isNew = isEmpty(db);
  if (!isNew && pragma(db, 'application_id') !== APPLICATION_ID)
    throw new AppError(
      'conflict',
      `${path} is a database of another program. Choose another file with database.url or --dir.`,
    );
  if (version > migrations.length)
    throw new AppError(
      'conflict',
      `${path} was written by a newer TinyBase (schema ${version}, this one knows ${migrations.length}). Use that release or restore a backup.`,
    );
  if (version === migrations.length) return;
  if (!isNew && path !== ':memory:') copyBefore(db, path, version);
  db.transaction(() => {
    // Another program may have done it since.
    for (const sql of migrations.slice(pragma(db, 'user_version'))) db.run(sql);
    db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.run(`PRAGMA user_version = ${migrations.length}`);
  }).immediate();
}

/** A copy beside the file, readable by its owner only; whole or not there. */
function copyBefore(db: Database, path: string, version: number): void {
  const copy = `${path}.before-schema-${version + 1}`;
  const part = `${copy}.part`;
  rmSync(part, { force: true });
  closeSync(openSync(part, 'wx', 0o600));
  db.query('VACUUM INTO ?').run(part);
  renameSync(part, copy);
}
