import type { Database } from 'bun:sqlite';
import { statSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';
import type { InspectedDatabase } from '../../features/backups/store.ts';
import { hashFile, openToRead, requireNoPipe, toReadError } from './copy-database.ts';
import { findBrokenForeignKeys, findBrokenPages, readPragma } from './database-facts.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { tableOf } from './record-table.ts';

/** A look at a file as data, so that a thread can take it. */
export interface InspectTask {
  readonly kind: 'inspect';
  readonly path: string;
}

const SHOWN_FAULTS = 10;

/**
 * Looks at all of a database that is not in use, such as a backup: whether it is ours, of a version that
 * we know, whole, and has the tables that it should have. Throws when there is no file to look at.
 */
export function inspectDatabase({ path }: InspectTask): InspectedDatabase {
  // Before the hash: a missing file has none.
  const file = describeFile(path);
  let db: Database | undefined;
  try {
    db = openToRead(path);
    return { ...file, ...inspectContent(db) };
  } catch (error) {
    const told = toReadError(error, path);
    if (!(told instanceof AppError) || told.code !== 'conflict') throw told;
    return {
      ...file,
      schemaVersion: 0,
      isOlder: false,
      deploymentId: null,
      faults: [told.message],
    };
  } finally {
    db?.close();
  }
}

function describeFile(path: string) {
  try {
    const { size } = statSync(path);
    requireNoPipe(path);
    return { sizeBytes: size, sha256: hashFile(path) };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT')
      throw new AppError('not_found', `There is no file ${path}.`, { cause: error });
    throw new AppError('unavailable', `${path} cannot be read (${code}).`, { cause: error });
  }
}

function inspectContent(db: Database) {
  const schemaVersion = readPragma(db, 'user_version');
  const isNewer = schemaVersion > MIGRATIONS.length;
  const faults = isNewer
    ? [
        `it was written by a newer TinyBase (schema ${schemaVersion}, this one knows ${MIGRATIONS.length})`,
      ]
    : findFaults(db);
  return {
    schemaVersion,
    isOlder: schemaVersion < MIGRATIONS.length,
    deploymentId: faults.length === 0 ? findActiveDeployment(db) : null,
    faults,
  };
}

function findFaults(db: Database): readonly string[] {
  const broken = findBrokenPages(db, 'integrity_check', SHOWN_FAULTS);
  // What stands in damaged pages is not worth a question.
  if (broken.length > 0) return broken;
  return [
    ...findBrokenForeignKeys(db, SHOWN_FAULTS).map(
      ({ table, parent }) => `a row of ${table} refers to a row of ${parent} that is not there`,
    ),
    ...findMissingTables(db),
  ];
}

function findMissingTables(db: Database): readonly string[] {
  const has = db.query<unknown, [string]>(
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
  );
  const system = ['meta', 'user', 'auth_token', 'one_time_token', 'collection'].filter(
    (name) => has.get(name) === null,
  );
  if (system.length > 0) return system.map((name) => `the table ${name} is missing`);
  return db
    .query<{ id: string; name: string }, []>('SELECT id, name FROM collection ORDER BY name')
    .all()
    .filter(({ id }) => has.get(tableOf(id)) === null)
    .map(({ name }) => `the table of the collection ${name} is missing`);
}

function findActiveDeployment(db: Database): string | null {
  // Databases of the first release have no deployments.
  if (readPragma(db, 'user_version') < 2) return null;
  const row = db.query<{ id: string }, []>('SELECT id FROM deployment WHERE is_active = 1').get();
  return row?.id ?? null;
}
