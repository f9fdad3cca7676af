import type { Database } from 'bun:sqlite';
import { systemClock } from '../../core/clock.ts';
import type {
  ChangeOutcome,
  CollectionChange,
  CollectionRules,
  DropOutcome,
} from '../../features/collections/store.ts';
import type { ImportOutcome, ImportRequest } from '../../features/records/store.ts';
import type { UserRemoval, UserRemovalOutcome } from '../../features/users/store.ts';
import { newId } from '../../lib/ids.ts';
import { changeCollection } from './collection-change.ts';
import { dropCollection } from './collection-drop.ts';
import { readCollections } from './collection-rows.ts';
import { importRecords } from './import-records.ts';
import { createReferences } from './references.ts';
import { removeUserWithAll } from './remove-user.ts';
import { inTransaction, TakenBack } from './transaction.ts';

/** Work that would hold the event loop for long, as data: it may be done in another thread. */
export type WriterTask =
  | { readonly kind: 'change_collection'; readonly change: CollectionChange }
  | { readonly kind: 'drop_collection'; readonly id: string; readonly evenWithRecords: boolean }
  | {
      readonly kind: 'import_records';
      readonly request: ImportRequest;
      readonly isOwnerInDoubt: boolean;
    }
  | { readonly kind: 'remove_user'; readonly removal: UserRemoval };

interface Results {
  readonly change_collection: ChangeOutcome;
  readonly drop_collection: DropOutcome;
  readonly import_records: ImportOutcome;
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
    case 'change_collection':
      return changeCollection(db, task.change, rules, report);
    case 'drop_collection':
      return dropCollection(db, task.id, task.evenWithRecords);
    case 'import_records': {
      const { request, isOwnerInDoubt } = task;
      const references = createReferences({ all: () => readCollections(db) });
      if (isOwnerInDoubt && request.ownerId !== null) references.expectRemoval(request.ownerId);
      const { outcome, isKept } = importRecords(
        db,
        request,
        {
          references,
          // Nobody hears of single rows here: whoever caches them is told to forget all.
          changes: { append: () => undefined },
          clock: systemClock,
          newId,
          compileSchema: rules.compileSchema,
        },
        report,
      );
      if (!isKept) throw new TakenBack(outcome);
      return outcome;
    }
    case 'remove_user':
      return removeUserWithAll(db, task.removal, {
        references: createReferences({ all: () => readCollections(db) }),
        report,
      });
    default:
      return task satisfies never;
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
