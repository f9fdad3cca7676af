import { createAuditStore } from '../../src/storage/sqlite/audit-store.ts';
import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createLanes } from '../../src/storage/sqlite/lanes.ts';
import { auditStoreContract } from './contract/audit-store.ts';

auditStoreContract('SQLite', () => {
  const connection = openConnection({ path: ':memory:' });
  return createAuditStore(connection, createLanes(connection));
});
