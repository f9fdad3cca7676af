import type { Database } from 'bun:sqlite';
import { AppError } from '../../core/errors.ts';
import type {
  CountedTable,
  PythonDatabase,
  PythonDatabases,
  PythonRow,
  PythonTable,
} from '../../features/python/store.ts';
import { MAX_ROW_BYTES } from '../../lib/file-fault.ts';
import { findBrokenPages } from './database-facts.ts';
import { readFileHeader } from './file-header.ts';
import { openForeignDatabase, quote, unreadable } from './foreign-database.ts';

type Table = PythonTable | CountedTable | 'record';

interface Shape {
  /** Without these it is another program's table. */
  readonly needed: readonly string[];
  /** Not every version has them. */
  readonly further?: readonly string[];
  /** Every file has it. */
  readonly isRequired?: boolean;
}

/** The tables of the predecessor, of its first version to its last (seeds/001, section 4). */
const SHAPES = {
  user: {
    needed: ['id', 'email', 'password_hash'],
    further: ['is_admin', 'is_active', 'created_at'],
    isRequired: true,
  },
  collection: {
    needed: ['id', 'name', 'schema'],
    further: ['label', 'options'],
    isRequired: true,
  },
  record: {
    needed: ['id', 'collection_id', 'data'],
    further: ['owner_id', 'created_at', 'updated_at'],
    isRequired: true,
  },
  function_schedule: {
    needed: ['id', 'name', 'function_name', 'schedule'],
    further: [
      'input_data',
      'payload',
      'is_active',
      'last_run_at',
      'created_by_user_id',
      'created_at',
      'updated_at',
    ],
  },
  function_call: {
    needed: ['id', 'function_name', 'status'],
    further: [
      'trigger_type',
      'trigger_id',
      'requested_by_user_id',
      'started_at',
      'finished_at',
      'duration_ms',
      'error_message',
      'error_type',
      'created_at',
    ],
  },
  instance_settings: {
    needed: ['instance_name'],
    further: [
      'allow_public_registration',
      'auth_portal_enabled',
      'storage_enabled',
      'server_timezone',
    ],
  },
  extension: { needed: ['name'], further: ['version'] },
  auth_token: { needed: ['id'] },
  application_token: { needed: ['id'] },
  password_reset_token: { needed: ['id'] },
} as const satisfies Record<Table, Shape>;
const TABLES = Object.keys(SHAPES) as Table[];
/** Of the predecessor too, with nothing to move: its figures, and the number of its migration. */
const SILENT = ['metrics', 'alembic_version'];

export function createPythonDatabases(ownPath: string): PythonDatabases {
  return { open: (path) => openPythonDatabase(path, ownPath) };
}

function openPythonDatabase(path: string, ownPath: string): PythonDatabase {
  const foreign = openForeignDatabase(path, ownPath);
  if (foreign === undefined)
    throw new AppError(
      'invalid_input',
      `${path} is no SQLite database, or an encrypted one: it does not begin as one.`,
    );
  const { db, close } = foreign;
  try {
    if (readFileHeader(path).kind === 'ours')
      throw new AppError(
        'invalid_input',
        `${path} is a database of this TinyBase and not of the Python one. To use it as it is: tinybase db restore.`,
      );
    // One state of it for all that is read; whoever writes to it waits meanwhile.
    db.run('BEGIN');
    const [broken] = findBrokenPages(db, 'quick_check', 1);
    if (broken !== undefined)
      throw new AppError('invalid_input', `${path} is damaged: ${broken}. Nothing was read.`);
    return createReading(db, path, { columns: findColumns(db, path), close });
  } catch (error) {
    close();
    throw error instanceof AppError ? error : unreadable(path, error);
  }
}

/** What the tables have of what is known; throws for a file of another program. */
function findColumns(db: Database, path: string): ReadonlyMap<Table, readonly string[]> {
  const columns = new Map<Table, readonly string[]>();
  // A view could hold any query, and a virtual table any module.
  const types = new Map(
    db
      .query<{ name: string; type: string }, []>(
        "SELECT name, type FROM pragma_table_list WHERE schema = 'main'",
      )
      .all()
      .map(({ name, type }) => [name, type]),
  );
  for (const table of TABLES) {
    const { needed, further = [], isRequired = false }: Shape = SHAPES[table];
    const type = types.get(table);
    if (type !== undefined && type !== 'table')
      throw notPython(
        path,
        `${table} is ${type === 'view' ? 'a view' : `a ${type} table`} there, and no plain table`,
      );
    if (type === undefined && isRequired) throw notPython(path, `it has no table ${table}`);
    if (type === undefined) continue;
    const names = db
      .query<{ name: string }, [string]>('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map(({ name }) => name);
    const missing = needed.find((name) => !names.includes(name));
    if (missing !== undefined) throw notPython(path, `its table ${table} has no column ${missing}`);
    columns.set(table, [...needed, ...further.filter((name) => names.includes(name))]);
  }
  return columns;
}

function notPython(path: string, why: string): AppError {
  return new AppError(
    'invalid_input',
    `${path} is an SQLite database, but none of the Python TinyBase: ${why}.`,
  );
}

interface Reading {
  readonly columns: ReadonlyMap<Table, readonly string[]>;
  readonly close: () => void;
}

function createReading(db: Database, path: string, { columns, close }: Reading): PythonDatabase {
  function select(table: Table): string {
    const list = (columns.get(table) ?? []).map(
      (name) =>
        `CASE WHEN length(${quote(name)}) > ${MAX_ROW_BYTES} THEN NULL ELSE ${quote(name)} END AS ${quote(name)}, length(${quote(name)}) AS ${quote(`${name}.length`)}`,
    );
    return `SELECT ${list.join(', ')} FROM ${quote(table)}`;
  }
  function* read(sql: string, args: readonly string[] = []): Generator<PythonRow> {
    try {
      for (const row of db.query<PythonRow, string[]>(sql).iterate(...args)) yield toRow(row);
    } catch (error) {
      throw error instanceof AppError ? error : unreadable(path, error);
    }
  }
  function number(sql: string, ...args: string[]): number {
    try {
      return db.query<{ n: number }, string[]>(sql).get(...args)?.n ?? 0;
    } catch (error) {
      throw unreadable(path, error);
    }
  }
  const orderOf = (table: Table) =>
    columns.get(table)?.includes('created_at') ? 'created_at, rowid' : 'rowid';

  return {
    *rows(table) {
      if (!columns.has(table)) return;
      const order = table === 'function_call' ? orderOf(table) : 'rowid';
      yield* read(`${select(table)} ORDER BY ${order}`);
    },
    records: (collectionId) =>
      read(`${select('record')} WHERE collection_id = ? ORDER BY ${orderOf('record')}`, [
        collectionId,
      ]),
    countRecords: (collectionId) =>
      number('SELECT count(*) AS n FROM record WHERE collection_id = ?', collectionId),
    hasRecord: (collectionId, id) =>
      number(
        'SELECT count(*) AS n FROM record WHERE id IN (?, ?) AND collection_id = ?',
        id,
        id.replaceAll('-', ''),
        collectionId,
      ) > 0,
    countOrphans: () =>
      number(
        'SELECT count(*) AS n FROM record WHERE NOT EXISTS (SELECT 1 FROM collection AS c WHERE c.id = record.collection_id)',
      ),
    count: (table) =>
      columns.has(table) ? number(`SELECT count(*) AS n FROM ${quote(table)}`) : 0,
    otherTables: () =>
      db
        .query<{ name: string }, []>(
          "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )
        .all()
        .map(({ name }) => name)
        .filter((name) => ![...TABLES, ...SILENT].some((known) => known === name)),
    close,
  };
}

/** What was too long to be read becomes its length. */
function toRow(raw: PythonRow): PythonRow {
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (name.endsWith('.length')) continue;
    const length = raw[`${name}.length`];
    row[name] = typeof length === 'number' && length > MAX_ROW_BYTES ? { bytes: length } : value;
  }
  return row;
}
