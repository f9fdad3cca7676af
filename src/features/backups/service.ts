import { setTimeout as sleep } from 'node:timers/promises';
import { type Actor, requireFullAdmin, SYSTEM } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import { nextCronTime } from '../../lib/cron-time.ts';
import { type PageWindow, toPage } from '../../lib/page.ts';
import { toBackupName } from './backup-name.ts';
import { checkBackup } from './check-backup.ts';
import { makeBackup } from './make-backup.ts';
import type { Places } from './places.ts';
import { recoverBackups } from './recover-backups.ts';
import type { Backup, BackupPage } from './schema.ts';
import type { BackupStore, DatabaseCopier, StoredBackup } from './store.ts';
import type { StoredFile } from './stored-file.ts';

export interface BackupServiceDeps {
  readonly store: BackupStore;
  readonly copier: DatabaseCopier;
  readonly places: Places;
  /** Of the database, or `:memory:`. */
  readonly databasePath: string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warning' | 'error'>;
  readonly audit: AuditTrail;
  readonly newId: () => string;
  /** backup.cron, in UTC. */
  readonly cron: string | undefined;
  /** backup.keep. */
  readonly keep: number;
}

export type BackupService = ReturnType<typeof createBackupService>;

/** What failed stays noted for a while, so that somebody sees it. */
const KEPT_FAILURES = 20;
/** Until it is tried again to note how one ended. */
const NOTE_AGAIN_MS = 500;
const INTERRUPTED = 'The server ended while it was made.';

export function createBackupService(deps: BackupServiceDeps) {
  const { store, copier, places, databasePath, clock, logger, audit, newId, cron, keep } = deps;
  const stopping = new AbortController();
  const startedMs = clock.now();
  /** When the schedule made one last in this process, also when somebody has removed it since. */
  let lastMs = 0;
  /** One at a time: each reads all of the database. */
  let busy:
    | { readonly id: string; progress: number | null; readonly done: Promise<unknown> }
    | undefined;

  /** Their files may be gone while they are known still. */
  const leaving = new Set<string>();

  const show = (backup: StoredBackup): Backup => ({
    ...backup,
    progress: busy?.id === backup.id && backup.status === 'running' ? busy.progress : null,
  });

  async function getStored(id: string): Promise<StoredBackup> {
    const backup = await store.find(id);
    if (backup === undefined) throw noSuchBackup(id);
    return backup;
  }

  async function getDone(id: string): Promise<StoredBackup> {
    const backup = await getStored(id);
    if (backup.status !== 'done')
      throw new AppError(
        'conflict',
        `The backup of ${backup.created_at} is ${backup.status}: there is no file.`,
      );
    return backup;
  }

  /** Runs it unless something runs already; `busy` is set before anything is waited for. */
  function alone<T>(id: string, work: (report: (done: number) => void) => Promise<T>): Promise<T> {
    if (busy !== undefined)
      throw new AppError(
        'conflict',
        'Another backup is being made or checked. Try again when it is done.',
      );
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const done = begun
      .then(() =>
        work((progress) => {
          if (busy?.id === id) busy.progress = progress;
        }),
      )
      .finally(() => {
        busy = undefined;
      });
    busy = { id, progress: null, done: done.catch(() => undefined) };
    begin();
    return done;
  }

  /** Notes a new one and begins it; answers it with what ends when it is done or has failed. */
  async function begin(triggerType: Backup['trigger_type'], signal: AbortSignal) {
    if (databasePath === ':memory:')
      throw new AppError('conflict', 'This database is in memory only: there is nothing to copy.');
    const id = newId();
    const createdMs = clock.now();
    const name = toBackupName(id, createdMs);
    const backup = {
      id,
      trigger_type: triggerType,
      location: places.current.locationOf(name),
      created_at: toTimestamp(createdMs),
    };
    const noted = Promise.withResolvers<StoredBackup>();
    const done = alone(id, async (onProgress) => {
      try {
        await store.begin(backup);
        if (triggerType === 'schedule') lastMs = createdMs;
        noted.resolve(await getStored(id));
      } catch (error) {
        noted.reject(error);
        return;
      }
      await run(backup, name, signal, onProgress);
    });
    return { backup: await noted.promise, done };
  }

  async function run(
    { id, location, trigger_type }: Pick<StoredBackup, 'id' | 'location' | 'trigger_type'>,
    name: string,
    signal: AbortSignal,
    onProgress: (done: number) => void,
  ): Promise<void> {
    const note = await make(id, location, name, signal, onProgress);
    await noteEnd(note, location, signal);
    if (trigger_type === 'schedule') await prune();
  }

  /** Answers how to note what became of it. */
  async function make(
    id: string,
    location: string,
    name: string,
    signal: AbortSignal,
    onProgress: (done: number) => void,
  ): Promise<() => Awaitable<void>> {
    try {
      const { sizeBytes: size_bytes, sha256 } = await makeBackup(
        { copier, places, source: databasePath },
        { name, signal, onProgress },
      );
      logger.info('Made a backup', { location, size_bytes });
      const finished_at = toTimestamp(clock.now());
      return () => store.finish(id, { size_bytes, sha256, finished_at });
    } catch (cause) {
      const isStopping = signal.aborted;
      if (!isStopping) logger.error('A backup failed', { location, error: cause });
      const told =
        cause instanceof AppError ? cause.message : 'Something went wrong: the log says what.';
      const error = isStopping ? INTERRUPTED : told;
      const finished_at = toTimestamp(clock.now());
      return () => store.fail(id, { error, finished_at });
    }
  }

  /** A long import holds all writes, and a disk may be full: the file is there and must be known. */
  async function noteEnd(
    note: () => Awaitable<void>,
    location: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await note();
        return;
      } catch (error) {
        // The next start looks what became of it.
        if (signal.aborted) throw error;
        if (tries === 1)
          logger.error('How a backup ended cannot be noted; it is tried again', {
            location,
            error,
          });
        await sleep(NOTE_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Of those that the schedule made, the newest stay; what somebody made by hand is theirs to remove. */
  async function prune(): Promise<void> {
    await store.pruneFailed(KEPT_FAILURES);
    for (const backup of await store.listOutdated(keep)) {
      try {
        await removeFile(backup.location);
        await store.remove(backup.id);
      } catch (error) {
        logger.warning('An old backup cannot be removed', { location: backup.location, error });
      }
    }
  }

  async function removeFile(location: string): Promise<void> {
    const { place, name } = places.of(location);
    await place.remove(name);
  }

  /** When the schedule is due next; it may have been due while the server was stopped. */
  async function findDue(): Promise<number | undefined> {
    if (cron === undefined || databasePath === ':memory:') return undefined;
    const last = await store.findLastScheduled();
    const notedMs = last === undefined ? startedMs : Date.parse(last.created_at);
    // The clock may have been in the future.
    const afterMs = Math.min(Math.max(notedMs, lastMs), clock.now());
    return nextCronTime({ cron, timezone: 'UTC' }, afterMs);
  }

  return {
    async list(actor: Actor, window: PageWindow): Promise<BackupPage> {
      requireFullAdmin(actor);
      const { items, total } = await store.list(window);
      const due = await findDue();
      return {
        ...toPage({ items: items.map(show), total }, window),
        destination: places.current.shown,
        next_run_at: due === undefined ? null : toTimestamp(Math.max(due, clock.now())),
      };
    },

    async get(actor: Actor, id: string): Promise<Backup> {
      requireFullAdmin(actor);
      return show(await getStored(id));
    },

    /** Begins one; it is done or has failed when its status says so. */
    async create(actor: Actor): Promise<Backup> {
      requireFullAdmin(actor);
      const { backup, done } = await begin('manual', stopping.signal);
      done.catch((error: unknown) => logger.error('A backup cannot be noted', { error }));
      await audit.note(actor, {
        action: 'backup.create',
        subject_id: backup.id,
        subject_name: backup.location,
      });
      return show(backup);
    },

    /** Reads all of it again: whether it is what was made, and whole. */
    async check(actor: Actor, id: string): Promise<Backup> {
      requireFullAdmin(actor);
      const backup = await getDone(id);
      const result = await alone(id, () =>
        checkBackup({ copier, places }, backup, stopping.signal),
      );
      await store.noteCheck(id, { checked_at: toTimestamp(clock.now()), check_result: result });
      // Deleted meanwhile, which is no damage.
      if (leaving.has(id)) throw noSuchBackup(id);
      const checked = await getStored(id);
      if (result !== 'ok')
        logger.error('A backup is damaged', { location: backup.location, result });
      await audit.note(actor, {
        action: 'backup.check',
        subject_id: id,
        subject_name: backup.location,
        details: { result },
      });
      return show(checked);
    },

    async remove(actor: Actor, id: string): Promise<void> {
      requireFullAdmin(actor);
      const backup = await getStored(id);
      if (busy?.id === id)
        throw new AppError(
          'conflict',
          'This backup is being made or checked. Try again when it is done.',
        );
      leaving.add(id);
      try {
        // One that failed has left nothing.
        if (backup.status !== 'failed') await removeFile(backup.location);
        await store.remove(id);
      } finally {
        leaving.delete(id);
      }
      await audit.note(actor, {
        action: 'backup.delete',
        subject_id: id,
        subject_name: backup.location,
      });
    },

    /** The file itself. API tokens are kept away by http/scopes.ts. */
    async download(actor: Actor, id: string): Promise<StoredFile & { readonly name: string }> {
      requireFullAdmin(actor);
      const { location } = await getDone(id);
      const { place, name } = places.of(location);
      const file = await place.read(name);
      await audit.note(actor, {
        action: 'backup.download',
        subject_id: id,
        subject_name: location,
      });
      return { ...file, name };
    },

    /** Makes one when backup.cron says so. Called by the server's clock. */
    async runDue(signal: AbortSignal): Promise<void> {
      const due = await findDue();
      // What is made by hand just now ends first; it is due still, then.
      if (due === undefined || due > clock.now() || busy !== undefined) return;
      const { done } = await begin('schedule', AbortSignal.any([signal, stopping.signal]));
      await done;
    },

    /** Ends what a crash left behind. Only for whoever holds the right to serve this database. */
    recover: (): Promise<void> =>
      recoverBackups({ ...deps, interrupted: INTERRUPTED, signal: stopping.signal, alone }),

    /** Ends what runs; it is noted as failed. */
    async stop(): Promise<void> {
      stopping.abort();
      await busy?.done;
    },

    /** Notes that this database was put in the place of another one. */
    noteRestore: (details: Readonly<Record<string, unknown>>): Promise<void> =>
      audit.note(SYSTEM, {
        action: 'backup.restore',
        subject_id: null,
        subject_name: null,
        details,
      }),
  };
}

function noSuchBackup(id: string): AppError {
  return new AppError('not_found', `There is no backup ${id.slice(0, 80)}.`);
}
