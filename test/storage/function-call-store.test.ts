import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../src/storage/sqlite/function-call-store.ts';
import { createLanes } from '../../src/storage/sqlite/lanes.ts';
import { functionCallStoreContract } from './contract/function-call-store.ts';

functionCallStoreContract('SQLite', () => {
  const connection = openConnection({ path: ':memory:' });
  return createFunctionCallStore(connection, createLanes(connection));
});
