import type { Database } from 'bun:sqlite';
import {
  type Collection,
  type ColumnKind,
  columnOf,
  type NamedField,
} from '../../features/collections/schema.ts';
import { isUniqueViolation } from './errors.ts';

// Each collection has a table of its own, named by its id, so that renaming touches no row. Records are
// kept as JSON; a virtual column per scalar field carries indexes and sorting. Names in SQL are made of
// an id (hex) or a checked field name (a-z, 0-9, _) behind a prefix: no name of a user stands alone.

const SQL_TYPES = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'INTEGER',
} as const satisfies Record<Exclude<ColumnKind, 'none'>, string>;

/** Every request asks for one; there are as many as there were collections. */
const tables = new Map<string, string>();

/** The table of a collection's records. */
export function tableOf(collectionId: string): string {
  let table = tables.get(collectionId);
  if (table === undefined) {
    table = `r_${collectionId.replaceAll('-', '')}`;
    tables.set(collectionId, table);
  }
  return table;
}

/** The column of a scalar field. */
export function columnName(field: string): string {
  return `f_${field}`;
}

function viewOf(name: string): string {
  return `records_${name}`;
}

function indexOf(table: string, field: string): string {
  return `${table}_${field}`;
}

function columnDefinition(field: NamedField): string | undefined {
  const kind = columnOf(field);
  if (kind === 'none') return undefined;
  return `${columnName(field.name)} ${SQL_TYPES[kind]} GENERATED ALWAYS AS (data ->> '$.${field.name}') VIRTUAL`;
}

/** Creates the table, its indexes and the view for people who open the file. */
export function createTable(db: Database, { id, name, schema }: Collection): void {
  const table = tableOf(id);
  const columns = schema.fields.map(columnDefinition).filter((column) => column !== undefined);
  db.run(
    `CREATE TABLE ${table} (${[
      'seq INTEGER PRIMARY KEY',
      'id TEXT NOT NULL UNIQUE',
      'owner_id TEXT',
      'data TEXT NOT NULL',
      'rev INTEGER NOT NULL DEFAULT 1',
      'created_at TEXT NOT NULL',
      'updated_at TEXT NOT NULL',
      ...columns,
    ].join(', ')})`,
  );
  db.run(`CREATE INDEX ${table}__owner ON ${table} (owner_id) WHERE owner_id IS NOT NULL`);
  for (const field of schema.fields) createIndex(db, table, field);
  createView(db, table, name);
}

export function dropTable(db: Database, { id, name }: Collection): void {
  db.run(`DROP VIEW IF EXISTS ${viewOf(name)}`);
  db.run(`DROP TABLE ${tableOf(id)}`);
}

function createIndex(db: Database, table: string, field: NamedField): void {
  if (!field.unique && !field.index) return;
  db.run(
    `CREATE ${field.unique ? 'UNIQUE ' : ''}INDEX ${indexOf(table, field.name)} ON ${table} (${columnName(field.name)})`,
  );
}

function createView(db: Database, table: string, name: string): void {
  db.run(`CREATE VIEW ${viewOf(name)} AS SELECT * FROM ${table}`);
}

export interface TableChange {
  readonly before: Collection;
  readonly after: Collection;
  readonly isRewritten: boolean;
}

/**
 * Takes away what the next definition has no use for, before the data is rewritten. What is unique
 * goes too when it is: values may cross on their way.
 */
export function dropObsolete(db: Database, { before, after, isRewritten }: TableChange): void {
  const table = tableOf(after.id);
  const is = new Map(after.schema.fields.map((field) => [field.name, field]));
  db.run(`DROP VIEW IF EXISTS ${viewOf(before.name)}`);
  for (const old of before.schema.fields) {
    const now = is.get(old.name);
    if ((old.unique || old.index) && !keepsIndex(old, now, isRewritten))
      db.run(`DROP INDEX ${indexOf(table, old.name)}`);
    if (columnDefinition(old) && !keepsColumn(old, now))
      db.run(`ALTER TABLE ${table} DROP COLUMN ${columnName(old.name)}`);
  }
}

/** Adds the columns, indexes and the view that the next definition needs; throws DoublesError. */
export function addMissing(db: Database, { before, after, isRewritten }: TableChange): void {
  const table = tableOf(after.id);
  const was = new Map(before.schema.fields.map((field) => [field.name, field]));
  for (const now of after.schema.fields) {
    const old = was.get(now.name);
    const definition = columnDefinition(now);
    if (definition && !(old && keepsColumn(old, now)))
      db.run(`ALTER TABLE ${table} ADD COLUMN ${definition}`);
    if (old && keepsIndex(old, now, isRewritten)) continue;
    try {
      createIndex(db, table, now);
    } catch (error) {
      throw isUniqueViolation(error) ? new DoublesError(now.name, error) : error;
    }
  }
  createView(db, table, after.name);
}

function keepsColumn(old: NamedField, now: NamedField | undefined): boolean {
  return now !== undefined && columnDefinition(now) === columnDefinition(old);
}

function keepsIndex(old: NamedField, now: NamedField | undefined, isRewritten: boolean): boolean {
  if (old.unique && isRewritten) return false;
  return keepsColumn(old, now) && old.unique === now?.unique && old.index === now?.index;
}

/** The field whose unique index was about to be made when SQLite found doubles. */
export class DoublesError extends Error {
  readonly field: string;
  constructor(field: string, cause: unknown) {
    super(`doubles in ${field}`, { cause });
    this.field = field;
  }
}
