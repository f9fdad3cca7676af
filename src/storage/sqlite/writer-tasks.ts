import type { Database } from 'bun:sqlite';
import { systemClock } from '../../core/clock.ts';
import type {
  ChangeOutcome,
  CollectionChange,
  CollectionRules,
  DropOutcome,
} from '../../features/collections/store.ts';
import type { MigrationOutcome, MigrationRun } from '../../features/migrations/store.ts';
import type { ImportOutcome, ImportRequest } from '../../features/records/store.ts';
import type {
  UserImportOutcome,
  UserImportRequest,
  UserRemoval,
  UserRemovalOutcome,
} from '../../features/users/store.ts';
import { newId } from '../../lib/ids.ts';
import { type ChangeLog, type OpenChangeLog, openChangeLog } from './change-log.ts';
import { changeCollection } from './collection-change.ts';
import { dropCollection } from './collection-drop.ts';
import { migrateCollections } from './collection-migration.ts';
import { noteRenames } from './collection-renames.ts';
import { readCollections } from './collection-rows.ts';
import { importRecords } from './import-records.ts';
import { importUsers } from './import-users.ts';
import { createReferences } from './references.ts';
import { removeUserWithAll } from './remove-user.ts';
import { inTransaction, TakenBack } from './transaction.ts';

/** Work that would hold the event loop for long, as data: it may be done in another thread. */
export type WriterTask =
  | { readonly kind: 'change_collection'; readonly change: CollectionChange }
  | { readonly kind: 'migrate_collections'; readonly run: MigrationRun }
  | { readonly kind: 'drop_collection'; readonly id: string; readonly evenWithRecords: boolean }
  | {
      readonly kind: 'import_records';
      readonly request: ImportRequest;
      readonly isOwnerInDoubt: boolean;
      readonly log?: ChangeLog | undefined;
    }
  | { readonly kind: 'import_users'; readonly request: UserImportRequest }
  | {
      readonly kind: 'remove_user';
      readonly removal: UserRemoval;
      readonly log?: ChangeLog | undefined;
    };

interface Results {
  readonly change_collection: ChangeOutcome;
  readonly migrate_collections: MigrationOutcome;
  readonly drop_collection: DropOutcome;
  readonly import_records: ImportOutcome;
  readonly import_users: UserImportOutcome;
  readonly remove_user: UserRemovalOutcome;
}
export type TaskResult<Task extends WriterTask> = Results[Task['kind']];

/** True when it takes no lock, so that nobody has to wait for it. */
export function isReadOnly(task: WriterTask): boolean {
  return task.kind === 'change_collection' && task.change.isDryRun;
}

/** Does a task inside of a transaction that somebody else began; see TakenBack. */
export function doTask(
  db: Database,
  task: WriterTask,
  rules: CollectionRules,
  report: (rowsDone: number) => void,
): TaskResult<WriterTask> {
  switch (task.kind) {
    case 'change_collection': {
      const outcome = changeCollection(db, task.change, rules, report);
      if (outcome.kind === 'done') noteRenames(db, task.change);
      return outcome;
    }
    case 'migrate_collections':
      return migrateCollections(db, task.run, rules, report);
    case 'drop_collection':
      return dropCollection(db, task.id, task.evenWithRecords);
    case 'import_records': {
      const { request, isOwnerInDoubt } = task;
      const references = createReferences({ all: () => readCollections(db) });
      if (isOwnerInDoubt && request.ownerId !== null) references.expectRemoval(request.ownerId);
      const { outcome, isKept } = noting(task.log, (changes) => {
        const { compileSchema } = rules;
        const deps = { references, changes, clock: systemClock, newId, compileSchema };
        const result = importRecords(db, request, deps, report);
        if (!result.isKept) changes.clear();
        return result;
      });
      if (!isKept) throw new TakenBack(outcome);
      return outcome;
    }
    case 'import_users': {
      const { outcome, isKept } = importUsers(db, task.request, report);
      if (!isKept) throw new TakenBack(outcome);
      return outcome;
    }
    case 'remove_user':
      return noting(task.log, (changes) =>
        removeUserWithAll(db, task.removal, {
          references: createReferences({ all: () => readCollections(db) }),
          changes,
          report,
        }),
      );
    default:
      return task satisfies never;
  }
}

/** Of single rows only the log hears: whoever caches them is told to forget all. */
function noting<T>(log: ChangeLog | undefined, run: (changes: OpenChangeLog) => T): T {
  const changes = openChangeLog(log);
  try {
    return run(changes);
  } finally {
    changes.close();
  }
}

/** Does a task as one transaction. */
export function runTask(
  db: Database,
  task: WriterTask,
  rules: CollectionRules,
  report: (rowsDone: number) => void,
): TaskResult<WriterTask> {
  const mode = isReadOnly(task) ? 'DEFERRED' : 'IMMEDIATE';
  return inTransaction(db, mode, () => doTask(db, task, rules, report));
}
