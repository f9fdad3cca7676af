import { type Database, SQLiteError } from 'bun:sqlite';
import type { Clock } from '../../../core/clock.ts';
import type { DatabaseReport } from '../../../core/database-check.ts';
import { AppError } from '../../../core/errors.ts';
import type { Collection } from '../../../features/collections/schema.ts';
import type { CollectionRules } from '../../../features/collections/store.ts';
import { type CollectionRow, toCollection } from '../collection-rows.ts';
import { openToRead } from '../copy-database.ts';
import { findBrokenForeignKeys, findBrokenPages, readPragma } from '../database-facts.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { checkRecords } from './check-records.ts';
import { checkOwners, checkReferences, checkUniques } from './check-rows.ts';
import { checkOrphans, checkSystemTables, checkTable } from './check-tables.ts';
import { createFindings, EnoughError, type Findings } from './findings.ts';

/** How far a check is. */
export interface CheckProgress {
  readonly step: string;
  readonly records: number;
}

export interface CheckOptions {
  readonly path: string;
  readonly rules: Pick<CollectionRules, 'compileSchema'>;
  readonly clock: Clock;
  /** Whether the files of a version of the functions are there. */
  readonly hasDeployment: (id: string) => boolean;
  /** Told what is looked at. Nothing holds the event loop for longer than one slice, but the first look. */
  readonly onProgress: (progress: CheckProgress) => void;
}

const SHOWN_LINES = 100;

/**
 * Looks at all of a database, and changes nothing: beside a server, too. What is there is compared with
 * what a new database with the same collections would have.
 */
export async function checkDatabase(options: CheckOptions): Promise<DatabaseReport> {
  const { path } = options;
  const db = openToRead(path);
  const findings = createFindings();
  let collections = 0;
  let records = 0;
  let isCutShort = false;
  try {
    const schemaVersion = requireKnownVersion(db, path);
    try {
      options.onProgress({ step: 'the file', records: 0 });
      attempt(findings, () => checkFile(db, findings));
      attempt(findings, () => checkSystemTables(db, schemaVersion, findings));
      attempt(findings, () => checkDeployment(db, schemaVersion, options, findings));
      const sound = attempt(findings, () => checkStructure(db, findings)) ?? [];
      for (const { id, name } of sound) {
        const about = () => readCollection(db, id);
        for (const check of [checkOwners, checkUniques, checkAllReferences])
          attempt(findings, () => {
            const collection = about();
            if (collection) check(db, collection, findings);
          });
        collections++;
        records += await checkRecordsOf(db, { id, name }, options, findings, records);
      }
    } catch (error) {
      if (!(error instanceof EnoughError)) throw error;
      isCutShort = true;
    }
    return { schemaVersion, collections, records, findings: findings.list, isCutShort };
  } finally {
    db.close();
  }
}

function requireKnownVersion(db: Database, path: string): number {
  const version = readPragma(db, 'user_version');
  if (version <= MIGRATIONS.length) return version;
  throw new AppError(
    'conflict',
    `${path} was written by a newer TinyBase (schema ${version}, this one knows ${MIGRATIONS.length}). Check it with that release.`,
  );
}

/** What cannot be read is a finding, and no reason to leave the rest out. */
function attempt<T>(findings: Findings, check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    tellUnreadable(error, findings);
    return undefined;
  }
}

function tellUnreadable(error: unknown, findings: Findings, collection?: string): void {
  if (!(error instanceof SQLiteError)) throw error;
  findings.add('file', `SQLite cannot read on: ${error.message}`, {
    ...(collection !== undefined && { collection }),
  });
}

function checkFile(db: Database, findings: Findings): void {
  for (const line of findBrokenPages(db, 'integrity_check', SHOWN_LINES))
    findings.add('file', line);
  for (const { table, parent } of findBrokenForeignKeys(db, SHOWN_LINES))
    findings.add('foreign_key', `a row of ${table} refers to a row of ${parent} that is not there`);
}

function checkDeployment(
  db: Database,
  schemaVersion: number,
  { hasDeployment }: CheckOptions,
  findings: Findings,
): void {
  if (schemaVersion < 2) return;
  const active = db
    .query<{ id: string }, []>('SELECT id FROM deployment WHERE is_active = 1')
    .get();
  if (active !== null && !hasDeployment(active.id))
    findings.add('deployment', `the files of the active deployment ${active.id} are not there`);
}

/** The collections whose tables can be read, after a look at the tables themselves. */
function checkStructure(db: Database, findings: Findings): readonly Collection[] {
  const names = db.query<{ id: string; name: string }, []>('SELECT id, name FROM collection').all();
  checkOrphans(db, names, findings);
  return names.flatMap(({ id, name }) => {
    try {
      const collection = readCollection(db, id);
      return collection && checkTable(db, collection, findings) ? [collection] : [];
    } catch (error) {
      if (error instanceof EnoughError || error instanceof SQLiteError) throw error;
      findings.add('collection', 'its definition cannot be read', { collection: name });
      return [];
    }
  });
}

function readCollection(db: Database, id: string): Collection | undefined {
  const row = db.query<CollectionRow, [string]>('SELECT * FROM collection WHERE id = ?').get(id);
  return row === null ? undefined : toCollection(row);
}

function checkAllReferences(db: Database, collection: Collection, findings: Findings): void {
  const all = db.query<{ id: string; name: string }, []>('SELECT id, name FROM collection').all();
  checkReferences(db, collection, all, findings);
}

async function checkRecordsOf(
  db: Database,
  { id, name }: Pick<Collection, 'id' | 'name'>,
  { rules, clock, onProgress }: CheckOptions,
  findings: Findings,
  recordsBefore: number,
): Promise<number> {
  let seen = 0;
  try {
    return await checkRecords(db, id, (wanted) => readCollection(db, wanted), {
      rules,
      clock,
      findings,
      async onSlice(records) {
        seen += records;
        onProgress({ step: name, records: recordsBefore + seen });
        await Bun.sleep(0);
      },
    });
  } catch (error) {
    tellUnreadable(error, findings, name);
    return seen;
  }
}
