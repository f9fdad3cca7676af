import type { Database } from 'bun:sqlite';
import type { Collection } from '../../../features/collections/schema.ts';
import { tableOf } from '../record-table.ts';
import { USERS } from '../references.ts';
import type { Findings } from './findings.ts';

const SHOWN_ROWS = 100;

/** The value of a field, also where its column is missing; null in a row that is no JSON. */
function valueSql(field: string): string {
  return `CASE WHEN json_valid(data) THEN data ->> '$.${field}' END`;
}

/** Records whose owner is gone. */
export function checkOwners(db: Database, { id, name }: Collection, findings: Findings): void {
  const rows = db
    .query<{ id: string; owner_id: string }, [number]>(
      `SELECT id, owner_id FROM ${tableOf(id)} WHERE owner_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM user WHERE user.id = owner_id) LIMIT ?`,
    )
    .all(SHOWN_ROWS);
  for (const row of rows)
    findings.add('owner', `its owner ${row.owner_id} is no account`, {
      collection: name,
      id: row.id,
    });
}

/** References that lead nowhere. */
export function checkReferences(
  db: Database,
  { id, name, schema }: Collection,
  collections: readonly Pick<Collection, 'id' | 'name'>[],
  findings: Findings,
): void {
  const hasTable = db.query<unknown, [string]>(
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
  );
  for (const field of schema.fields) {
    if (field.type !== 'reference') continue;
    const about = { collection: name, field: field.name };
    const target = collections.find((other) => other.name === field.collection);
    if (target === undefined && field.collection !== USERS) {
      findings.add(
        'reference',
        `it refers to the collection ${field.collection}, which is not there`,
        about,
      );
      continue;
    }
    const table = target === undefined ? 'user' : tableOf(target.id);
    // Where the table is missing that is said of its own collection.
    if (hasTable.get(table) === null) continue;
    const rows = db
      .query<{ id: string; value: string }, [number]>(
        `SELECT id, value FROM (SELECT id, ${valueSql(field.name)} AS value FROM ${tableOf(id)})
         WHERE value IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE t.id = value) LIMIT ?`,
      )
      .all(SHOWN_ROWS);
    for (const row of rows)
      findings.add('reference', `${row.value} is not in ${field.collection}`, {
        ...about,
        id: row.id,
      });
  }
}

/** Values that are there twice. Where the unique index stands, the check of the file has looked already. */
export function checkUniques(
  db: Database,
  { id, name, schema, options }: Collection,
  findings: Findings,
): void {
  const table = tableOf(id);
  const has = db.query<unknown, [string]>(
    "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ? AND sql LIKE 'CREATE UNIQUE %'",
  );
  const uniques = [
    ...schema.fields
      .filter(({ unique }) => unique)
      .map((field) => ({ index: `${table}_${field.name}`, fields: [field.name] })),
    ...(options.indexes ?? [])
      .filter(({ unique }) => unique)
      .map(({ fields }) => ({ index: `${table}$${fields.join('$')}`, fields })),
  ];
  for (const { index, fields } of uniques) {
    if (has.get(index) !== null) continue;
    const columns = fields.map((field, at) => `${valueSql(field)} AS v${at}`).join(', ');
    const values = fields.map((_, at) => `v${at}`);
    const rows = db
      .query<{ id: string; n: number }, [number]>(
        `SELECT max(id) AS id, count(*) AS n FROM (SELECT id, ${columns} FROM ${table})
         WHERE ${values.map((value) => `${value} IS NOT NULL`).join(' AND ')}
         GROUP BY ${values.join(', ')} HAVING n > 1 LIMIT ?`,
      )
      .all(SHOWN_ROWS);
    for (const row of rows)
      findings.add('unique', `${row.n} records have the same value, though it is unique`, {
        collection: name,
        id: row.id,
        field: fields.join(', '),
      });
  }
}
