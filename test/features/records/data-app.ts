import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM } from '../../../src/core/actor.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { AppError } from '../../../src/core/errors.ts';
import { planChange } from '../../../src/features/collections/changes.ts';
import { compileSchema } from '../../../src/features/collections/compile.ts';
import type { NamedField } from '../../../src/features/collections/schema.ts';
import { createCollectionService } from '../../../src/features/collections/service.ts';
import type { RecordHooks } from '../../../src/features/records/events.ts';
import { createRecordService } from '../../../src/features/records/service.ts';
import { createUserService } from '../../../src/features/users/service.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createChangeFeed } from '../../../src/storage/sqlite/change-feed.ts';
import { createChangeLogs } from '../../../src/storage/sqlite/change-log.ts';
import { createCollectionStore } from '../../../src/storage/sqlite/collection-store.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createHints } from '../../../src/storage/sqlite/hints.ts';
import { createLanes } from '../../../src/storage/sqlite/lanes.ts';
import { createRecordStore } from '../../../src/storage/sqlite/record-store.ts';
import { createReferences } from '../../../src/storage/sqlite/references.ts';
import { createTotals } from '../../../src/storage/sqlite/totals.ts';
import { createUserRemoval } from '../../../src/storage/sqlite/user-removal.ts';
import { createUserStore } from '../../../src/storage/sqlite/user-store.ts';
import { createWriter } from '../../../src/storage/sqlite/writer.ts';
import { NO_AUDIT } from '../../support/no-audit.ts';

function throwIt(error: unknown): never {
  throw error;
}

export interface DataAppOptions {
  readonly path?: string;
  readonly clock?: Clock;
  readonly hasUser?: (id: string) => boolean;
  readonly hooks?: RecordHooks;
}

/** Everything of collections and records on a real database, without HTTP. */
export function openDataApp(options: DataAppOptions = {}) {
  const { path = ':memory:', clock = systemClock, hasUser = () => true } = options;
  const commits: number[] = [];
  const connection = openConnection({ path, onCommit: (jobs) => commits.push(jobs) });
  const { db } = connection;
  const changes = createChangeFeed(connection);
  const lanes = createLanes(connection);
  const hints = createHints({ clock });
  const totals = createTotals({ db, lanes, changes });
  const writer = createWriter({ connection, rules: { planChange, compileSchema } });
  const collectionStore = createCollectionStore({
    connection,
    writer,
    onTableChanged(id) {
      totals.forget(id);
      lanes.forget();
      references.forget();
    },
  });
  const references = createReferences({ all: () => collectionStore.all() });
  const collections = createCollectionService({
    store: collectionStore,
    clock,
    newId,
    audit: NO_AUDIT,
  });
  const logs = createChangeLogs({ path: connection.path, onError: throwIt });
  const recordStore = createRecordStore({
    connection,
    changes,
    logs,
    totals,
    lanes,
    hints,
    references,
    writer,
    clock,
  });
  const userStore = {
    ...createUserStore(connection, lanes),
    ...createUserRemoval({ connection, writer, references, changes, logs }),
  };
  const users = createUserService({
    users: userStore,
    clock,
    passwords: { findFault: () => undefined, hash: async (password) => password },
    forgetUser: () => undefined,
    onCreate: () => undefined,
    audit: NO_AUDIT,
    countRecords: async () => [],
  });
  const records = createRecordService({
    ...(options.hooks && { hooks: options.hooks }),
    collections,
    store: recordStore,
    newId,
    clock,
    hasUser,
    findUsers: users.findVisible,
  });
  connection.onForeignWrite(() => {
    totals.forget();
    lanes.forget();
    references.forget();
  });
  let isOpen = true;
  const close = () => {
    if (isOpen) {
      lanes.close();
      writer.close();
      connection.close();
    }
    isOpen = false;
  };
  return {
    connection,
    db,
    writer,
    commits,
    changes,
    logs,
    collectionStore,
    recordStore,
    collections,
    records,
    userStore,
    close,
    [Symbol.dispose]: close,
  };
}

export type DataApp = ReturnType<typeof openDataApp>;

/** A folder that goes at the end of the test. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'tinybase-data-'));
  return {
    path,
    file: (name: string) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** What was thrown, or undefined when nothing was. */
export async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The AppError that an act must end with. */
export async function refusal(act: () => unknown): Promise<AppError> {
  const error = await thrownBy(act);
  if (error instanceof AppError) return error;
  throw new Error(
    `expected an AppError, got ${error === undefined ? 'an answer' : String(error)}`,
    {
      cause: error,
    },
  );
}

/** A clock that stands where it is put. */
export function settableClock(ms = Date.UTC(2030, 0, 1)): Clock & { ms: number } {
  const clock = { ms, now: () => clock.ms };
  return clock;
}

/** Fields as a test writes them: anything goes, the service checks. */
export type LooseField = Readonly<Record<string, unknown>>;

/** Makes a collection that everyone may do everything with. */
export function createOpenCollection(
  { collections }: DataApp,
  name: string,
  fields: readonly LooseField[],
) {
  const access = {
    list: 'public',
    read: 'public',
    create: 'public',
    update: 'public',
    delete: 'public',
  };
  return collections.create(SYSTEM, { name, schema: { fields }, options: { access } });
}

export function fieldsOf({ collections }: DataApp, name: string): readonly NamedField[] {
  const live = collections.find(name);
  if (!live) throw new Error(`no collection ${name}`);
  return live.collection.schema.fields;
}
