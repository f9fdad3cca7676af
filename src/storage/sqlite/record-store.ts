import type { RecordStore } from '../../features/records/store.ts';
import { createImports } from './import-store.ts';
import { createRecordReads } from './record-reads.ts';
import type { RecordStoreDeps } from './record-store-deps.ts';
import { createRecordWrites } from './record-writes.ts';

export function createRecordStore(deps: RecordStoreDeps): RecordStore {
  return { ...createRecordReads(deps), ...createRecordWrites(deps), ...createImports(deps) };
}
