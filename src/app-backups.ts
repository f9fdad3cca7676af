import type { AuditTrail } from './core/audit.ts';
import type { Clock } from './core/clock.ts';
import type { Config } from './core/config.ts';
import type { Logger } from './core/logger.ts';
import { createPlaces } from './features/backups/places.ts';
import { createBackupService } from './features/backups/service.ts';
import type { BackupStore, DatabaseCopier } from './features/backups/store.ts';
import { newId } from './lib/ids.ts';

export interface BackupParts {
  readonly storage: { readonly backups: BackupStore; readonly copier: DatabaseCopier };
  readonly config: Config;
  /** The project's folder, absolute. */
  readonly root: string;
  /** Of the database, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditTrail;
}

/** Backups of this database, to where the configuration says. */
export function createBackups({ storage, config, root, path, clock, logger, audit }: BackupParts) {
  const { s3_bucket, s3_endpoint, s3_access_key = '', s3_secret_key = '' } = config.backup;
  return createBackupService({
    store: storage.backups,
    copier: storage.copier,
    places: createPlaces({
      root,
      databasePath: path,
      path: config.backup.path,
      s3:
        s3_bucket === undefined
          ? undefined
          : {
              bucket: s3_bucket,
              endpoint: s3_endpoint,
              accessKey: s3_access_key,
              secretKey: s3_secret_key,
            },
    }),
    databasePath: path,
    clock,
    logger,
    audit,
    newId,
    cron: config.backup.cron,
    keep: config.backup.keep,
  });
}
