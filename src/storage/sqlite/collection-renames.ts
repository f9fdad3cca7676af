import type { Database } from 'bun:sqlite';
import type { CollectionChange } from '../../features/collections/store.ts';
import type { NotedRename } from '../../features/migrations/store.ts';

/** Notes what a change renames, for the next migration: to be called in the change's transaction. */
export function noteRenames(db: Database, change: CollectionChange): void {
  const { before, after, renames } = change;
  const fields = { ...findNew(db, change), ...Object.fromEntries(renames) };
  if (before.name === after.name && Object.keys(fields).length === 0) return;
  db.query<unknown, [string, string, string, string]>(
    'INSERT INTO collection_rename (collection_id, was, name, fields) VALUES (?, ?, ?, ?)',
  ).run(after.id, before.name, after.name, JSON.stringify(fields));
}

/** Fields that are new, under a name that another one was given before: that is not where they come from. */
function findNew(db: Database, { before, after, renames }: CollectionChange): Record<string, null> {
  const added = after.schema.fields
    .map(({ name }) => name)
    .filter((name) => !renames.has(name) && before.schema.fields.every((old) => old.name !== name));
  if (added.length === 0) return {};
  const given = new Set(
    readRenames(db)
      .filter(({ collection_id }) => collection_id === after.id)
      .flatMap(({ fields }) => Object.keys(fields)),
  );
  return Object.fromEntries(added.filter((name) => given.has(name)).map((name) => [name, null]));
}

/** Oldest first. */
export function readRenames(db: Database): readonly NotedRename[] {
  return db
    .query<Omit<NotedRename, 'fields'> & { readonly fields: string }, []>(
      'SELECT seq, collection_id, was, name, fields FROM collection_rename ORDER BY seq',
    )
    .all()
    .map((row) => ({ ...row, fields: JSON.parse(row.fields) }));
}

/** A number may come again after a collection was deleted, but never for the same one. */
export function forgetRenames(db: Database, renames: readonly NotedRename[]): void {
  const forget = db.query<unknown, [number, string]>(
    'DELETE FROM collection_rename WHERE seq = ? AND collection_id = ?',
  );
  for (const { seq, collection_id } of renames) forget.run(seq, collection_id);
}
