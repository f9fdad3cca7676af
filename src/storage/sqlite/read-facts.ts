import type { Database } from 'bun:sqlite';
import { existsSync } from 'node:fs';
import type { CollectionOptions } from '../../features/collections/schema.ts';
import { openToRead, toReadError } from './copy-database.ts';
import { findBrokenPages, readPragma } from './database-facts.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** What can be told about a database without an app on it. */
export interface DatabaseFacts {
  readonly schemaVersion: number;
  /** The version that this program makes of it. */
  readonly knownVersion: number;
  /** What SQLite finds wrong with the file; empty when it is whole. */
  readonly faults: readonly string[];
  /** Those who may sign in. */
  readonly admins: number;
  readonly collections: readonly {
    readonly name: string;
    readonly access: CollectionOptions['access'];
  }[];
  readonly backups: readonly {
    readonly status: string;
    readonly created_at: string;
    readonly error: string | null;
  }[];
  /** The active version of the functions; undefined: those of the project. */
  readonly deploymentId: string | undefined;
}

const SHOWN_FAULTS = 5;
const MAX_NAMES = 10_000;
/** Somebody has pressed a key, and waits. */
const NAMES_PATIENCE_MS = 50;
/** The last of them. */
const SHOWN_BACKUPS = 20;

/** Names only, for the completion of a shell. */
export function readCollectionNames(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return reading(
    path,
    (db) =>
      db
        .query<{ name: string }, []>('SELECT name FROM collection ORDER BY name')
        .all()
        .map(({ name }) => name),
    NAMES_PATIENCE_MS,
  );
}

/** Addresses; of very many accounts the first. */
export function readAccountNames(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return reading(
    path,
    (db) =>
      db
        .query<{ email: string }, [number]>('SELECT email FROM user ORDER BY email LIMIT ?')
        .all(MAX_NAMES)
        .map(({ email }) => email),
    NAMES_PATIENCE_MS,
  );
}

/** Of the tables of a database: the number of migrations that it has seen. */
export function readSchemaVersion(path: string): number {
  return reading(path, (db) => readPragma(db, 'user_version'));
}

/** Looks, and changes nothing: beside a server, too. Throws when the file is not one of our databases. */
export function readDatabaseFacts(path: string): DatabaseFacts {
  return reading(path, (db) => {
    const schemaVersion = readPragma(db, 'user_version');
    const knownVersion = MIGRATIONS.length;
    const faults = findBrokenPages(db, 'quick_check', SHOWN_FAULTS);
    const found = { schemaVersion, knownVersion, faults };
    // A newer one may have other tables; in damaged pages there is nothing to read.
    if (schemaVersion > knownVersion || faults.length > 0)
      return { ...found, ...NOTHING, deploymentId: undefined };
    return {
      ...found,
      admins: countAdmins(db),
      collections: db
        .query<{ name: string; options: string }, []>(
          'SELECT name, options FROM collection ORDER BY name',
        )
        .all()
        .map(({ name, options }) => ({ name, access: JSON.parse(options).access })),
      backups: hasTable(db, 'backup') ? lastBackups(db) : [],
      deploymentId: hasTable(db, 'deployment') ? activeDeployment(db) : undefined,
    };
  });
}

const NOTHING = { admins: 0, collections: [], backups: [] } as const;

function reading<T>(path: string, read: (db: Database) => T, patienceMs?: number): T {
  const db = openToRead(path, patienceMs);
  try {
    return read(db);
  } catch (error) {
    throw toReadError(error, path);
  } finally {
    db.close();
  }
}

function hasTable(db: Database, name: string): boolean {
  return (
    db
      .query<unknown, [string]>("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
      .get(name) !== null
  );
}

function countAdmins(db: Database): number {
  return (
    db
      .query<{ n: number }, []>(
        'SELECT count(*) AS n FROM user WHERE is_admin = 1 AND is_active = 1',
      )
      .get()?.n ?? 0
  );
}

function lastBackups(db: Database) {
  return db
    .query<DatabaseFacts['backups'][number], [number]>(
      'SELECT status, created_at, error FROM backup ORDER BY seq DESC LIMIT ?',
    )
    .all(SHOWN_BACKUPS);
}

function activeDeployment(db: Database): string | undefined {
  return db.query<{ id: string }, []>('SELECT id FROM deployment WHERE is_active = 1').get()?.id;
}
