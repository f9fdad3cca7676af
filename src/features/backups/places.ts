import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { isBackupName } from './backup-name.ts';
import { createFolderPlace, type FolderPlace } from './folder-place.ts';
import { createS3Place, type S3Place, type S3PlaceOptions } from './s3-place.ts';

export type BackupPlace = FolderPlace | S3Place;

export interface PlacesOptions {
  /** Of the project, absolute. */
  readonly root: string;
  /** Of the database, or `:memory:`. */
  readonly databasePath: string;
  readonly path: string | undefined;
  readonly s3: S3PlaceOptions | undefined;
}

export interface Places {
  /** Where new ones go. */
  readonly current: BackupPlace;
  /** Where they are made before they are sent somewhere else. */
  readonly local: FolderPlace;
  /** Where the backup with this location lies, and its name there. Throws when it is none of ours. */
  of(location: string): { readonly place: BackupPlace; readonly name: string };
}

const DEFAULT_FOLDER = 'backups';
const S3_LOCATION = /^s3:\/\/([^/]+)\/([^/]+)$/;

export function createPlaces({ root, databasePath, path, s3 }: PlacesOptions): Places {
  const near = databasePath === ':memory:' ? root : dirname(databasePath);
  const folder = path === undefined ? join(near, DEFAULT_FOLDER) : resolve(root, path);
  const local = createFolderPlace({ folder, root });

  return {
    current: s3 === undefined ? local : createS3Place(s3),
    local,
    of(location) {
      const [, bucket, key] = S3_LOCATION.exec(location) ?? [];
      if (bucket !== undefined && key !== undefined) {
        if (!isBackupName(key)) throw notOurs(location);
        if (s3 === undefined)
          throw new AppError(
            'conflict',
            `${location} cannot be reached: backup.s3_bucket is not set.`,
          );
        return { place: createS3Place({ ...s3, bucket }), name: key };
      }
      const file = resolve(root, location);
      const name = basename(file);
      // Somebody may serve a backup where it lies: then it is the database, and no backup any more.
      if (!isBackupName(name) || file === databasePath) throw notOurs(location);
      return { place: createFolderPlace({ folder: dirname(file), root }), name };
    },
  };
}

function notOurs(location: string): AppError {
  return new AppError('conflict', `${location} is no backup of this server: it was left alone.`);
}
