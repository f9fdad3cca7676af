import type { Database } from 'bun:sqlite';
import { closeSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isOtherAlive } from '../../lib/other-process.ts';
import { applyMigration, type Migration } from './migrations/index.ts';

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
export function migrate(db: Database, path: string, migrations: readonly Migration[]): void {
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
  const copy = `${path}.before-schema-${version + 1}`;
  // Its own: another program may be doing this just now.
  const part = `${copy}.${process.pid}.part`;
  const isCopied = !isNew && path !== ':memory:';
  if (isCopied) removeLeft(copy);
  try {
    if (isCopied) copyInto(db, part);
    db.transaction(() => {
      const current = pragma(db, 'user_version');
      // Another program may have done it since: then it has kept the copy too, and ours may be of the new tables.
      if (isCopied && current === version) renameSync(part, copy);
      for (const step of migrations.slice(current)) applyMigration(db, step);
      db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
      db.run(`PRAGMA user_version = ${migrations.length}`);
    }).immediate();
  } finally {
    if (isCopied) rmSync(part, { force: true });
  }
}

/** What programs have left that were killed while they copied: each may be as large as the database. */
function removeLeft(copy: string): void {
  const folder = dirname(copy);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(copy)}.`)) continue;
    const pid = /^(?:(\d+)\.)?part$/.exec(name.slice(basename(copy).length + 1));
    if (pid && !(pid[1] && isOtherAlive(Number(pid[1]))))
      rmSync(join(folder, name), { force: true });
  }
}

/** A copy that its owner only can read. */
function copyInto(db: Database, part: string): void {
  rmSync(part, { force: true });
  closeSync(openSync(part, 'wx', 0o600));
  db.query('VACUUM INTO ?').run(part);
}
