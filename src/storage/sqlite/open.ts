import { realpathSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import type { CollectionRules } from '../../features/collections/store.ts';
import { createAuditStore } from './audit-store.ts';
import { createBackupStore } from './backup-store.ts';
import { createChangeFeed } from './change-feed.ts';
import { type ChangeListener, createChangeLogs } from './change-log.ts';
import { createCollectionStore } from './collection-store.ts';
import { openConnection } from './connection.ts';
import { createCopier } from './copier.ts';
import { createDeploymentStore } from './deployment-store.ts';
import { createExtensionStore } from './extension-store.ts';
import { createFunctionCallStore } from './function-call-store.ts';
import { createHashRecipes } from './hash-recipes.ts';
import { createHints, type Hint } from './hints.ts';
import { removeStaged } from './kept-file.ts';
import { createLanes } from './lanes.ts';
import { createMetaStore } from './meta-store.ts';
import { createMigrationStore } from './migration-store.ts';
import { createPythonDatabases } from './python-database.ts';
import { createRecordStore } from './record-store.ts';
import { createReferences } from './references.ts';
import { createScheduleStore } from './schedule-store.ts';
import {
  COMMAND_LOCK_WAIT_MS,
  SERVED_BY,
  type ServerIdentity,
  takeServerLock,
} from './server-lock.ts';
import { createSettingStore } from './setting-store.ts';
import { createStatsStore } from './stats-store.ts';
import { createTokenStore } from './token-store.ts';
import { createTotals } from './totals.ts';
import { createUserImports } from './user-imports.ts';
import { createUserRemoval } from './user-removal.ts';
import { createUserStore } from './user-store.ts';
import { createWriter } from './writer.ts';

export interface SqliteOptions {
  /** A file's path, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  readonly rules: CollectionRules;
  /** Told the number of writes in each commit. */
  readonly onCommit: (groupSize: number) => void;
  readonly onListenerError: (error: unknown) => void;
  /** Told once of each kind of list that an index would help. */
  readonly onHint?: (hint: Hint) => void;
}

/** How long a second server waits for the first to stop. */
const LOCK_WAIT_MS = 10_000;
const SIGNING_KEY = 'jwt_secret';
const EXTENSION_HOOKS = 'extension_hooks';
const PROGRAM_VERSION = 'program_version';

export function openSqlite({
  path,
  clock,
  rules,
  onCommit,
  onListenerError,
  onHint,
}: SqliteOptions) {
  const connection = openConnection({ path, onCommit, onListenerError });
  const changes = createChangeFeed(connection);
  const logs = createChangeLogs({ path, onError: onListenerError });
  const lanes = createLanes(connection);
  const hints = createHints({ clock, onHint });
  const totals = createTotals({ db: connection.db, lanes, changes });
  connection.onForeignWrite(() => {
    totals.forget();
    lanes.forget();
    references.forget();
  });
  const references = createReferences({ all: () => collections.all() });
  const writer = createWriter({ connection, rules });
  const collections = createCollectionStore({
    connection,
    writer,
    onTableChanged(collectionId) {
      totals.forget(collectionId);
      lanes.forget();
      references.forget();
    },
  });
  const meta = createMetaStore(connection);

  function findOther(): ServerIdentity | undefined {
    const value = meta.get(SERVED_BY);
    return value === undefined ? undefined : JSON.parse(value);
  }

  async function lock(waitMs: number): Promise<() => void> {
    if (path === ':memory:') return () => undefined;
    const { release } = await takeServerLock(path, waitMs, findOther);
    removeStagedQuietly(path);
    return release;
  }

  return {
    users: {
      ...createUserStore(connection, lanes),
      ...createUserRemoval({ connection, writer, references, changes, logs }),
    },
    userImports: createUserImports({ connection, writer }),
    hashRecipes: createHashRecipes(connection),
    tokens: createTokenStore(connection),
    signingKey: {
      find: () => meta.get(SIGNING_KEY),
      keep: (secret: string) => meta.keep(SIGNING_KEY, secret),
    },
    collections,
    records: createRecordStore({
      connection,
      changes,
      logs,
      totals,
      lanes,
      hints,
      references,
      writer,
      clock,
    }),
    calls: createFunctionCallStore(connection, lanes),
    audit: createAuditStore(connection, lanes),
    backups: createBackupStore(connection),
    copier: createCopier(),
    deployments: createDeploymentStore(connection),
    extensions: createExtensionStore(connection),
    /** Which hooks extensions had last. */
    extensionHooks: {
      read: () => JSON.parse(meta.get(EXTENSION_HOOKS) ?? '{}'),
      write: (lists: object) => meta.set(EXTENSION_HOOKS, JSON.stringify(lists)),
    },
    migrations: createMigrationStore(connection, writer),
    pythonDatabases: createPythonDatabases(path),
    schedules: createScheduleStore(connection),
    settings: createSettingStore(connection),
    stats: createStatsStore(connection, lanes),
    /** Lists that an index would help. */
    hints: hints.list,
    onForeignWrite: connection.onForeignWrite,
    /** Every change of a record, once it is on disk. */
    onRecordChanged(listener: ChangeListener): void {
      changes.on(listener.onChange);
      logs.listen(listener);
    },
    checkForeignWrites: connection.checkForeignWrites,
    /** Takes the right to serve this database; answers how to give it back. */
    lockForServer: () => lock(LOCK_WAIT_MS),
    /** The same for a command that may not run beside a server. */
    lockForCommand: () => lock(COMMAND_LOCK_WAIT_MS),
    /** For the one that comes second, and for `tinybase health`. */
    noteServer: (identity: ServerIdentity) => meta.set(SERVED_BY, JSON.stringify(identity)),
    /** Notes which version serves this data; answers the one before, when it was another one. */
    async noteVersion(version: string): Promise<string | undefined> {
      const before = meta.get(PROGRAM_VERSION);
      if (before === version) return undefined;
      await meta.set(PROGRAM_VERSION, version);
      return before;
    },
    /** True while the database answers. */
    isReady: () => connection.db.query('SELECT 1').get() !== null,
    /** Lets long writes end within this time, then takes them back. */
    stopWriting: (withinMs: number) => writer.stop(withinMs),
    close() {
      lanes.close();
      writer.close();
      connection.close();
    },
  };
}

function removeStagedQuietly(path: string): void {
  try {
    removeStaged(realpathSync(path));
  } catch {
    // It takes room and does no harm.
  }
}
