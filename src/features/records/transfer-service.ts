import { type Actor, isAdmin } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { removeStaleSpools } from '../../core/spool.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { CollectionService } from '../collections/service.ts';
import { NO_HOOKS, type RecordHooks } from './events.ts';
import type { ExportFormat } from './export-formats.ts';
import { createExporter, type Export, type ExportQuery } from './export-records.ts';
import { createGate } from './gate.ts';
import { createImporter, type ImportOptions, type ImportResult } from './import/import-records.ts';
import type { RecordStore } from './store.ts';

export interface TransferDeps {
  readonly collections: Pick<CollectionService, 'find' | 'findById' | 'visible'>;
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Those who look at writes first; nobody when left out. */
  readonly hooks?: RecordHooks;
  readonly newId: () => string;
  /** Whether a user of this id exists, for records that an admin makes in somebody's name. */
  readonly hasUser: (id: string) => Awaitable<boolean>;
  /** Where rows may wait on their way into the database. */
  readonly folder: string;
  /** Hears of the files of admins; what others may do, they could do record by record. */
  readonly audit: AuditTrail;
}

export type TransferService = ReturnType<typeof createTransferService>;

/** Whole files of records, in and out. */
export function createTransferService(deps: TransferDeps) {
  const { audit, collections } = deps;
  const gate = createGate(deps);
  const importer = createImporter({ hooks: NO_HOOKS, ...deps, gate });
  const startExport = createExporter({ ...deps, gate });
  // Nothing waits for it; a folder that cannot be read is told by the first import.
  removeStaleSpools(deps.folder).catch(() => undefined);
  return {
    /** An admin's is noted before its first byte: who breaks it off has seen records all the same. */
    async exportRecords(
      actor: Actor,
      collection: string,
      query: ExportQuery,
      format: ExportFormat,
    ): Promise<Export> {
      const begun = await startExport(actor, collection, query, format);
      if (isAdmin(actor))
        await audit.note(actor, {
          action: 'records.export',
          subject_id: begun.collectionId,
          subject_name: begun.name,
          details: { format, records: await begun.count() },
        });
      return begun;
    },

    async importRecords(
      actor: Actor,
      name: string,
      chunks: AsyncIterable<Uint8Array>,
      options: ImportOptions,
    ): Promise<ImportResult> {
      const collectionId = collections.find(name)?.collection.id ?? null;
      const result = await importer.importRecords(actor, name, chunks, options);
      const { created, updated, failed, isRefused } = result;
      const hasWritten = !(options.isDryRun || isRefused) && created + updated > 0;
      if (hasWritten && isAdmin(actor))
        await audit.note(actor, {
          action: 'records.import',
          subject_id: collectionId,
          subject_name: name,
          details: { format: options.format, created, updated, failed },
        });
      return result;
    },
  };
}
