import type { Database } from 'bun:sqlite';
import {
  type Collection,
  type ColumnKind,
  type CompositeIndex,
  columnOf,
  type NamedField,
} from '../../features/collections/schema.ts';

// Each collection has a table of its own, named by its id, so that renaming touches no row. Records are
// kept as JSON; a virtual column per scalar field carries indexes and sorting. Names in SQL are made of
// an id (hex) or a checked field name (a-z, 0-9, _) behind a prefix: no name of a user stands alone.

const SQL_TYPES = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'INTEGER',
} as const satisfies Record<Exclude<ColumnKind, 'none'>, string>;

/** What a StoredRecord is read from. */
export const COLUMNS = 'id, owner_id, data, rev, created_at, updated_at';

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

interface Index {
  readonly name: string;
  readonly fields: readonly string[];
  readonly unique: boolean;
}

/** References are looked up whenever what they refer to is deleted. */
function findIndex(table: string, field: NamedField): Index | undefined {
  const { name, type, unique = false, index = false } = field;
  if (!unique && !index && type !== 'reference') return undefined;
  return { name: `${table}_${name}`, fields: [name], unique };
}

/** Names of fields have no `$`, so that no two lists of them make the same name. */
function compositeIndex(table: string, { fields, unique }: CompositeIndex): Index {
  return { name: `${table}$${fields.join('$')}`, fields, unique };
}

/** Every index of the collection, by name. */
function indexesOf({ id, schema, options }: Collection): ReadonlyMap<string, Index> {
  const table = tableOf(id);
  const indexes = [
    ...schema.fields.map((field) => findIndex(table, field)),
    // Collections of earlier versions have none.
    ...(options.indexes ?? []).map((index) => compositeIndex(table, index)),
  ];
  return new Map(
    indexes.filter((index) => index !== undefined).map((index) => [index.name, index]),
  );
}

function columnDefinition(field: NamedField): string | undefined {
  const kind = columnOf(field);
  if (kind === 'none') return undefined;
  return `${columnName(field.name)} ${SQL_TYPES[kind]} GENERATED ALWAYS AS (data ->> '$.${field.name}') VIRTUAL`;
}

/** Creates the table, its indexes and the view for people who open the file. */
export function createTable(db: Database, collection: Collection): void {
  const { id, name, schema } = collection;
  const table = tableOf(id);
  const columns = schema.fields.map(columnDefinition).filter((column) => column !== undefined);
  db.run(
    `CREATE TABLE ${table} (${[
      'seq INTEGER PRIMARY KEY AUTOINCREMENT',
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
  for (const index of indexesOf(collection).values()) createIndex(db, table, index);
  createView(db, table, name);
}

export function dropTable(db: Database, { id, name }: Collection): void {
  db.run(`DROP VIEW IF EXISTS ${viewOf(name)}`);
  db.run(`DROP TABLE ${tableOf(id)}`);
}

function createIndex(db: Database, table: string, { name, fields, unique }: Index): void {
  // NULLs are distinct to SQLite, so a record that lacks one of the values takes none.
  const columns = fields.map(columnName).join(', ');
  db.run(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${name} ON ${table} (${columns})`);
}

function createView(db: Database, table: string, name: string): void {
  db.run(`CREATE VIEW ${viewOf(name)} AS SELECT * FROM ${table}`);
}

interface TableChange {
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
  db.run(`DROP VIEW IF EXISTS ${viewOf(before.name)}`);
  const kept = keptColumns(before, after);
  const is = indexesOf(after);
  // Indexes first: a column that one stands on cannot go.
  for (const old of indexesOf(before).values())
    if (!keepsIndex(old, is, kept, isRewritten)) db.run(`DROP INDEX ${old.name}`);
  for (const old of before.schema.fields)
    if (columnDefinition(old) && !kept.has(old.name))
      db.run(`ALTER TABLE ${table} DROP COLUMN ${columnName(old.name)}`);
}

/** Adds the columns, indexes and the view that the next definition needs. */
export function addMissing(db: Database, { before, after, isRewritten }: TableChange): void {
  const table = tableOf(after.id);
  const kept = keptColumns(before, after);
  for (const now of after.schema.fields) {
    const definition = columnDefinition(now);
    if (definition && !kept.has(now.name)) db.run(`ALTER TABLE ${table} ADD COLUMN ${definition}`);
  }
  const was = indexesOf(before);
  for (const now of indexesOf(after).values()) {
    // The other way round: what stood before and was not dropped.
    if (!keepsIndex(now, was, kept, isRewritten)) createIndex(db, table, now);
  }
  createView(db, table, after.name);
}

/** The fields whose columns are the same before and after. */
function keptColumns(before: Collection, after: Collection): ReadonlySet<string> {
  const is = new Map(after.schema.fields.map((field) => [field.name, columnDefinition(field)]));
  return new Set(
    before.schema.fields
      .filter((old) => columnDefinition(old) !== undefined)
      .filter((old) => is.get(old.name) === columnDefinition(old))
      .map(({ name }) => name),
  );
}

/** True when the index is among the others as well, and nothing under it changes. */
function keepsIndex(
  { name, fields, unique }: Index,
  others: ReadonlyMap<string, Index>,
  kept: ReadonlySet<string>,
  isRewritten: boolean,
): boolean {
  if (unique && isRewritten) return false;
  return others.get(name)?.unique === unique && fields.every((field) => kept.has(field));
}
