import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../src/storage/sqlite/function-call-store.ts';
import { createLanes } from '../../src/storage/sqlite/lanes.ts';
import { createScheduleStore } from '../../src/storage/sqlite/schedule-store.ts';
import { scheduleStoreContract } from './contract/schedule-store.ts';

scheduleStoreContract('SQLite', () => {
  const connection = openConnection({ path: ':memory:' });
  return {
    store: createScheduleStore(connection),
    calls: createFunctionCallStore(connection, createLanes(connection)),
  };
});
