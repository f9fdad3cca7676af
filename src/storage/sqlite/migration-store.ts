import type { AppliedMigration, MigrationStore } from '../../features/migrations/store.ts';
import { lastRevision } from './collection-migration.ts';
import { forgetRenames, readRenames } from './collection-renames.ts';
import type { Connection } from './connection.ts';
import type { Writer } from './writer.ts';

export function createMigrationStore(
  { db, write }: Pick<Connection, 'db' | 'write'>,
  writer: Writer,
): MigrationStore {
  const applied = db.query<AppliedMigration, []>(
    'SELECT revision, checksum, applied_at FROM collection_migration ORDER BY seq',
  );
  const insert = db.query<unknown, [string, string, string]>(
    'INSERT INTO collection_migration (revision, checksum, applied_at) VALUES (?, ?, ?)',
  );
  return {
    applied: () => applied.all(),
    renames: () => readRenames(db),
    run: (run) => writer.run({ kind: 'migrate_collections', run }),
    mark: ({ current, migrations, at, settled }) =>
      write(() => {
        if (lastRevision(db) !== current) return false;
        for (const { revision, checksum } of migrations) insert.run(revision, checksum, at);
        forgetRenames(db, settled);
        return true;
      }),
  };
}
