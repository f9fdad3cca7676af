import { AppError } from '../../core/errors.ts';
import type {
  ApplyOutcome,
  RecordStore,
  StoredRecord,
  WriteOp,
} from '../../features/records/store.ts';
import { fullRoom, type Room } from './cascade.ts';
import type { RecordStoreDeps } from './record-store-deps.ts';
import { createRowWrites } from './row-writes.ts';

/** Longer batches have a commit of their own, so that a group of them does not hold the event loop. */
const MAX_SHARED_STEPS = 50;
/** Of the records that a batch answers; a small request may change big ones. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

type Failure = Extract<ApplyOutcome, { kind: 'failed' }>;

/** Carries the step that failed out of the job, so that the steps before it are taken back. */
class StepFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.outcome.kind);
    this.failure = failure;
  }
}

/** What of a RecordStore writes, one record or a few. */
export function createRecordWrites({
  connection,
  changes,
  references,
  clock,
}: Pick<RecordStoreDeps, 'connection' | 'changes' | 'clock' | 'references'>): Pick<
  RecordStore,
  'insert' | 'update' | 'delete' | 'apply'
> {
  const rows = createRowWrites({ db: connection.db, references, changes, clock });
  connection.onForeignWrite(rows.forget);

  function runStep(step: WriteOp, room: Room) {
    switch (step.op) {
      case 'insert':
        return rows.insertRow(step.collectionId, step.record);
      case 'update':
        return rows.updateRow(step.scope, step.id, step.change);
      case 'delete': {
        const outcome = rows.deleteRow(step.scope, step.id, step.removal, room);
        return outcome.kind === 'done' ? { ...outcome, record: undefined } : outcome;
      }
      default:
        return step satisfies never;
    }
  }

  function runAll(steps: readonly WriteOp[]): ApplyOutcome {
    const room = fullRoom();
    let characters = 0;
    const records = steps.map((step, index): StoredRecord | undefined => {
      const outcome = runStep(step, room);
      if (outcome.kind !== 'done') throw new StepFailed({ kind: 'failed', index, outcome });
      characters += outcome.record?.data.length ?? 0;
      if (characters > MAX_CHARACTERS) throw tooLarge(index);
      return outcome.record;
    });
    return { kind: 'done', records };
  }

  return {
    // Each is one statement that writes; a delete that cascades takes care of itself.
    insert: (collectionId, record) =>
      connection.write(() => rows.insertRow(collectionId, record), { isAtomic: true }),
    update: (scope, id, change) =>
      connection.write(() => rows.updateRow(scope, id, change), { isAtomic: true }),
    delete: (scope, id, removal) =>
      connection.write(() => rows.deleteRow(scope, id, removal), { isAtomic: true }),

    async apply(steps) {
      try {
        return await connection.write(() => runAll(steps), {
          isAlone: steps.length > MAX_SHARED_STEPS,
        });
      } catch (error) {
        if (error instanceof StepFailed) return error.failure;
        throw error;
      }
    },
  };
}

function tooLarge(index: number): AppError {
  return new AppError(
    'too_large',
    `requests[${index}]: with this record the batch is too large. Send it in parts: nothing was written.`,
  );
}
