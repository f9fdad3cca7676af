import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../src/storage/sqlite/function-call-store.ts';
import { functionCallStoreContract } from './contract/function-call-store.ts';

functionCallStoreContract('SQLite', () =>
  createFunctionCallStore(openConnection({ path: ':memory:' })),
);
