import { afterEach } from 'bun:test';
import { createBackupStore } from '../../src/storage/sqlite/backup-store.ts';
import { type Connection, openConnection } from '../../src/storage/sqlite/connection.ts';
import { backupStoreContract } from './contract/backup-store.ts';

let connection: Connection | undefined;

backupStoreContract('SQLite', () => {
  connection = openConnection({ path: ':memory:' });
  return createBackupStore(connection);
});

afterEach(() => connection?.close());
