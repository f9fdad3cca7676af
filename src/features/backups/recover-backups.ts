import { existsSync } from 'node:fs';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { inspectBackup } from './check-backup.ts';
import type { Places } from './places.ts';
import type { BackupStore, DatabaseCopier, InspectedDatabase, StoredBackup } from './store.ts';

export interface RecoveryDeps {
  readonly store: Pick<BackupStore, 'listRunning' | 'finish' | 'fail'>;
  readonly copier: DatabaseCopier;
  readonly places: Places;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warning'>;
  /** What is noted of one that is not there. */
  readonly interrupted: string;
  readonly signal: AbortSignal;
  /** While no other backup is made or checked. */
  readonly alone: (id: string, work: () => Promise<void>) => Promise<void>;
}

/**
 * Notes what became of backups that are noted as running. A file has its name only once it is whole, so one
 * that is there is a good one, and nobody came to note its end: in a database that was restored from it
 * that is always so. Those are read as a whole, which nobody waits for.
 */
export async function recoverBackups(deps: RecoveryDeps): Promise<void> {
  const { store, places } = deps;
  await places.local.removeRemains();
  const left: StoredBackup[] = [];
  for (const backup of await store.listRunning())
    if (mayBeThere(places, backup.location)) left.push(backup);
    else await noteInterrupted(deps, backup);
  void settleAll(deps, left);
}

/** False when there is certainly no file. */
function mayBeThere(places: Places, location: string): boolean {
  try {
    const { place, name } = places.of(location);
    return place.kind === 's3' || existsSync(place.pathOf(name));
  } catch {
    return false;
  }
}

async function settleAll(deps: RecoveryDeps, left: readonly StoredBackup[]): Promise<void> {
  for (const backup of left) {
    try {
      await deps.alone(backup.id, () => settle(deps, backup));
    } catch (error) {
      const { location } = backup;
      deps.logger.warning('An interrupted backup is looked at after the next start', {
        location,
        error,
      });
    }
  }
}

async function settle(deps: RecoveryDeps, backup: StoredBackup): Promise<void> {
  const { store, clock, signal } = deps;
  const whole = await lookAt(deps, backup);
  // The next start looks again.
  if (signal.aborted) return;
  if (whole === undefined) return noteInterrupted(deps, backup);
  const { sizeBytes, sha256 } = whole;
  const finished_at = toTimestamp(clock.now());
  await store.finish(backup.id, { size_bytes: sizeBytes, sha256, finished_at });
}

/** The file, if it is a good one; a damaged one is removed. */
async function lookAt(
  deps: RecoveryDeps,
  { location }: StoredBackup,
): Promise<InspectedDatabase | undefined> {
  const { places, logger, signal } = deps;
  try {
    const inspected = await inspectBackup(deps, location, signal);
    if (inspected.faults.length === 0) return inspected;
    const { place, name } = places.of(location);
    await place.remove(name);
  } catch (error) {
    if (!(signal.aborted || (error instanceof AppError && error.code === 'not_found')))
      logger.warning('An interrupted backup cannot be looked at', { location, error });
  }
  return undefined;
}

async function noteInterrupted(
  { store, clock, logger, interrupted }: RecoveryDeps,
  { id, location }: StoredBackup,
): Promise<void> {
  await store.fail(id, { error: interrupted, finished_at: toTimestamp(clock.now()) });
  logger.warning('A backup was interrupted', { location });
}
