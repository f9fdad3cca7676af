import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, toTimestamp } from './core/clock.ts';
import { type Config, databasePath } from './core/config.ts';
import { AppError } from './core/errors.ts';
import { isMissing, requireFolder } from './core/project-folder.ts';
import type { InspectedDatabase } from './features/backups/store.ts';
import { tryFileLock } from './storage/file-lock.ts';
import type { CheckProgress } from './storage/sqlite/check/check-database.ts';
import { checkInThread } from './storage/sqlite/check/checker.ts';
import { createCopier } from './storage/sqlite/copier.ts';
import type { OneTaskOptions } from './storage/sqlite/one-task.ts';
import { type RestoreStep, restoreDatabase } from './storage/sqlite/restore-database.ts';
import { isServed, readServedBy } from './storage/sqlite/served-by.ts';

export { tryFileLock };

export interface DatabaseFileOptions {
  readonly config: Config;
  /** The project's folder, absolute. */
  readonly dir: string;
}

export interface CopyOptions {
  readonly mayReplace: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

export interface RestoreFileOptions {
  readonly sha256: string | undefined;
  readonly keepsSessions: boolean;
  readonly signal: AbortSignal;
  readonly onStep: (step: RestoreStep, done: number) => void;
  readonly confirm: (source: InspectedDatabase) => Promise<void>;
}

/** What is done where there is no database yet: it is made, asked for, or imagined as an empty one. */
export type MissingDatabase = 'made' | 'refused' | 'imagined';

/** Where the database is, or `:memory:`. Only what makes something makes a database on the way. */
export function placeDatabase(
  { config, dir }: DatabaseFileOptions,
  ifMissing: MissingDatabase,
): string {
  const path = databasePath(config, dir);
  if (ifMissing === 'made' || path === ':memory:' || !isMissing(path)) return path;
  switch (ifMissing) {
    case 'imagined':
      requireFolder(dir);
      return ':memory:';
    case 'refused':
      throw new AppError(
        'invalid_input',
        `There is no database ${path}. Start tinybase serve there first, which makes it, or name the folder of the project with --dir.`,
      );
    default:
      return ifMissing satisfies never;
  }
}

/** The file of the database as a whole, for commands that need no app. */
export function openDatabaseFile({ config, dir }: DatabaseFileOptions) {
  const path = databasePath(config, dir);
  if (path === ':memory:')
    throw new AppError('invalid_input', 'database.url is in memory only: there is no file.');
  const copier = createCopier();
  const deployments = join(dir, 'deployments');
  return {
    path,
    copyTo: async (target: string, options: CopyOptions) =>
      copier.copy({ source: placeDatabase({ config, dir }, 'refused'), target, ...options }),
    async restore(source: string, options: RestoreFileOptions) {
      const stamp = toTimestamp(systemClock.now()).slice(0, 19).replaceAll(/[-:]/g, '');
      const restored = await restoreDatabase(copier, {
        ...options,
        path,
        source,
        stamp: `${stamp}Z`,
      });
      const { deploymentId } = restored.source;
      const lacksDeployment = deploymentId !== null && !existsSync(join(deployments, deploymentId));
      return { ...restored, missingDeployment: lacksDeployment ? deploymentId : undefined };
    },
    check: async (options: OneTaskOptions<CheckProgress>) =>
      checkInThread({ path: placeDatabase({ config, dir }, 'refused'), deployments }, options),
  };
}

/** What is known of the server of a database, from beside it. */
export async function findServer({ config, dir }: DatabaseFileOptions) {
  const path = databasePath(config, dir);
  return { path, address: readServedBy(path)?.address, isServed: findServed(path) };
}

/** Undefined when nobody can say. */
function findServed(path: string): boolean | undefined {
  try {
    return path === ':memory:' ? undefined : isServed(path);
  } catch {
    return undefined;
  }
}
