import { SYSTEM } from '../../../src/core/actor.ts';
import { tableOf } from '../../../src/storage/sqlite/record-table.ts';
import { createOpenCollection, type LooseField, openDataApp } from '../records/data-app.ts';

/** A collection `things` with the records given, and short words for changing it. */
export async function openThings(
  fields: readonly LooseField[],
  rows: readonly Record<string, unknown>[] = [],
) {
  const app = openDataApp();
  const { id } = await createOpenCollection(app, 'things', fields);
  for (const row of rows) await app.records.create(SYSTEM, 'things', row);
  const { db, collections, records } = app;
  const table = tableOf(id);
  const dump = () => db.query(`SELECT id, data, rev, updated_at FROM ${table} ORDER BY seq`).all();
  const snapshot = () => ({
    rows: dump(),
    tables: db.query('SELECT name, sql FROM sqlite_schema ORDER BY name').all(),
    collection: db.query('SELECT * FROM collection').all(),
    live: collections.find('things'),
    version: collections.version(),
  });
  return {
    app,
    db,
    table,
    snapshot,
    dump,
    data: () => (dump() as { data: string }[]).map(({ data }) => JSON.parse(data)),
    revisions: () => (dump() as { rev: number }[]).map(({ rev }) => rev),
    change: (after: readonly LooseField[], force = false) =>
      collections.update(SYSTEM, 'things', { schema: { fields: after } }, force),
    /** Index name → unique, as SQLite knows them; those of the system left out. */
    indexes: () =>
      Object.fromEntries(
        db
          .query<{ name: string; unique: number; origin: string }, []>(
            `PRAGMA index_list(${table})`,
          )
          .all()
          .filter(({ origin, name }) => origin === 'c' && !name.endsWith('__owner'))
          .map(({ name, unique }) => [name.slice(table.length + 1), unique === 1]),
      ),
    create: (data: unknown) => records.create(SYSTEM, 'things', data),
    [Symbol.dispose]: app.close,
  };
}
