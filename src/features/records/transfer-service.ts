import type { Clock } from '../../core/clock.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { CollectionService } from '../collections/service.ts';
import { createExporter } from './export-records.ts';
import { createGate } from './gate.ts';
import { createImporter } from './import/import-records.ts';
import { removeStaleSpools } from './import/spool.ts';
import type { RecordStore } from './store.ts';

export interface TransferDeps {
  readonly collections: Pick<CollectionService, 'find' | 'findById' | 'visible'>;
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Whether a user of this id exists, for records that an admin makes in somebody's name. */
  readonly hasUser: (id: string) => Awaitable<boolean>;
  /** Where rows may wait on their way into the database. */
  readonly folder: string;
}

export type TransferService = ReturnType<typeof createTransferService>;

/** Whole files of records, in and out. */
export function createTransferService(deps: TransferDeps) {
  const gate = createGate(deps);
  const importer = createImporter({ ...deps, gate });
  // Nothing waits for it; a folder that cannot be read is told by the first import.
  removeStaleSpools(deps.folder).catch(() => undefined);
  return {
    exportRecords: createExporter({ ...deps, gate }),
    importRecords: importer.importRecords,
  };
}
