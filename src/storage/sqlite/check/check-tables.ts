import { Database } from 'bun:sqlite';
import type { Collection } from '../../../features/collections/schema.ts';
import { applyMigration, MIGRATIONS } from '../migrations/index.ts';
import { createTable, tableOf } from '../record-table.ts';
import type { Findings } from './findings.ts';

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string;
}

const RECORD_TABLE = /^r_[0-9a-f]{32}$/;
const RECORD_VIEW = /^records_/;
/** Other programs keep notes of their own under such names: Litestream does. */
const OF_OTHERS = /^_/;

/** Everything in a file that was made by a statement. */
function readObjects(db: Database): readonly SchemaObject[] {
  return db
    .query<SchemaObject, []>(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    )
    .all();
}

/** Compares the system tables with those of a new database of the same version. */
export function checkSystemTables(db: Database, schemaVersion: number, findings: Findings): void {
  const actual = new Map(readObjects(db).map((object) => [object.name, object]));
  using fresh = new Database(':memory:');
  for (const step of MIGRATIONS.slice(0, schemaVersion)) applyMigration(fresh, step);
  for (const { type, name, sql } of readObjects(fresh)) {
    const found = actual.get(name);
    if (found === undefined) findings.add('system', `the ${type} ${name} is missing`);
    else if (found.sql !== sql)
      findings.add('system', `the ${type} ${name} is not defined as this version defines it`);
    actual.delete(name);
  }
  for (const { type, name, tbl_name } of actual.values()) {
    const isOfRecords = RECORD_TABLE.test(tbl_name) || RECORD_VIEW.test(name);
    if (type === 'trigger' || !(isOfRecords || OF_OTHERS.test(tbl_name)))
      findings.add('system', `the ${type} ${name} is none of TinyBase's`);
  }
}

/** Tables and views of collections that are gone. */
export function checkOrphans(
  db: Database,
  collections: readonly Pick<Collection, 'id' | 'name'>[],
  findings: Findings,
): void {
  const tables = new Set(collections.map(({ id }) => tableOf(id)));
  const views = new Set(collections.map(({ name }) => `records_${name}`));
  for (const { type, name } of readObjects(db)) {
    const isOrphan =
      (type === 'table' && RECORD_TABLE.test(name) && !tables.has(name)) ||
      (type === 'view' && RECORD_VIEW.test(name) && !views.has(name));
    if (isOrphan) findings.add('orphan', `the ${type} ${name} belongs to no collection`);
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly hidden: number;
}

/** A virtual column with all that makes it, as record-table.ts writes it. */
const VIRTUAL_COLUMN = /\bf_\w+ \w+ GENERATED ALWAYS AS \(.*?\) VIRTUAL/g;

/** Compares a collection's table with a new one of the same definition. False when there is none. */
export function checkTable(db: Database, collection: Collection, findings: Findings): boolean {
  const about = { collection: collection.name };
  const table = tableOf(collection.id);
  using fresh = new Database(':memory:');
  createTable(fresh, collection);
  const actual = new Map(readObjects(db).map((object) => [object.name, object]));
  const tableSql = actual.get(table)?.sql;
  if (tableSql === undefined) {
    findings.add('table', `its table ${table} is missing`, about);
    return false;
  }
  const expected = readObjects(fresh);
  for (const { type, name, sql } of expected) {
    if (type === 'table') continue;
    const found = actual.get(name);
    if (found === undefined) findings.add('table', `its ${type} ${name} is missing`, about);
    else if (found.sql !== sql)
      findings.add('table', `its ${type} ${name} is another than its definition says`, about);
  }
  checkColumns(db, fresh, table, (message) => findings.add('table', message, about));
  const freshSql = expected.find(({ name }) => name === table)?.sql ?? '';
  for (const [column] of freshSql.matchAll(VIRTUAL_COLUMN))
    if (!tableSql.includes(column))
      findings.add('table', `its column ${column.split(' ', 1)[0]} is made in another way`, about);
  const known = new Set(expected.map(({ name }) => name));
  for (const { type, name, tbl_name } of actual.values())
    if (tbl_name === table && !known.has(name))
      findings.add('table', `its ${type} ${name} is not in its definition`, about);
  return true;
}

function checkColumns(
  db: Database,
  fresh: Database,
  table: string,
  tell: (message: string) => void,
): void {
  const read = (from: Database) =>
    from
      .query<Column, [string]>('SELECT name, type, "notnull", hidden FROM pragma_table_xinfo(?)')
      .all(table);
  const actual = new Map(read(db).map((column) => [column.name, column]));
  for (const column of read(fresh)) {
    const found = actual.get(column.name);
    actual.delete(column.name);
    if (found === undefined) tell(`its column ${column.name} is missing`);
    else if (!Bun.deepEquals(found, column))
      tell(`its column ${column.name} is of another kind than its definition says`);
  }
  for (const name of actual.keys()) tell(`its column ${name} is not in its definition`);
}
