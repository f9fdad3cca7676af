import { readdirSync } from 'node:fs';
import { SYSTEM } from '../../../src/core/actor.ts';
import { createPlaces } from '../../../src/features/backups/places.ts';
import type { S3PlaceOptions } from '../../../src/features/backups/s3-place.ts';
import type { Backup } from '../../../src/features/backups/schema.ts';
import { createBackupService } from '../../../src/features/backups/service.ts';
import type { DatabaseCopier } from '../../../src/features/backups/store.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createBackupStore } from '../../../src/storage/sqlite/backup-store.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createCopier } from '../../../src/storage/sqlite/copier.ts';
import { settableClock, temporaryFolder } from '../records/data-app.ts';

export interface BackupAppOptions {
  readonly cron?: string;
  readonly keep?: number;
  readonly s3?: S3PlaceOptions;
  /** The folder of an app that ended before. */
  readonly folder?: ReturnType<typeof temporaryFolder>;
  readonly copier?: DatabaseCopier;
  readonly ms?: number;
}

/** Backups of a real database in a folder of its own, by a clock that stands. */
export function openBackupApp(options: BackupAppOptions = {}) {
  const { cron, keep = 3, s3, copier = createCopier() } = options;
  const folder = options.folder ?? temporaryFolder();
  const clock = settableClock(options.ms ?? Date.UTC(2030, 0, 1, 12));
  const databasePath = folder.file('tinybase.db');
  const connection = openConnection({ path: databasePath });
  const store = createBackupStore(connection);
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const notes: string[] = [];
  const backups = createBackupService({
    store,
    copier,
    places: createPlaces({ root: folder.path, databasePath, path: undefined, s3 }),
    databasePath,
    clock,
    logger: { info: () => undefined, warning: log, error: log },
    audit: { note: async (_actor, { action }) => void notes.push(action) },
    newId,
    cron,
    keep,
  });
  const all = async () => (await backups.list(SYSTEM, { limit: 100, offset: 0 })).items;
  return {
    folder,
    clock,
    connection,
    store,
    backups,
    lines,
    notes,
    all,
    tick: () => backups.runDue(new AbortController().signal),
    /** Makes one by hand and waits until it is done or has failed. */
    async make(): Promise<Backup> {
      const { id } = await backups.create(SYSTEM);
      for (;;) {
        const backup = await backups.get(SYSTEM, id);
        if (backup.status !== 'running') return backup;
        await Bun.sleep(2);
      }
    },
    /** What lies in the folder of backups. */
    files(): string[] {
      try {
        return readdirSync(folder.file('backups')).sort();
      } catch {
        return [];
      }
    },
    /** As if the process ended; the folder stays for the next one. */
    close: () => connection.close(),
    [Symbol.dispose]() {
      connection.close();
      folder[Symbol.dispose]();
    },
  };
}
