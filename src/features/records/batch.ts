import type { Actor } from '../../core/actor.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import type { Origin } from '../../core/origin.ts';
import { foresee } from './batch-foresight.ts';
import { parseStep } from './batch-step.ts';
import { changedMeanwhile } from './record-errors.ts';
import { MAX_BATCH } from './schema.ts';
import type { ApplyOutcome, RecordStore, WriteOp } from './store.ts';
import type { FindRow, WritePlan, WritePlans } from './write-plans.ts';
import { MAX_HOOKED_ATTEMPTS } from './write-records.ts';

type Loc = Fault['loc'];

const REQUESTS = ['body', 'requests'] as const;
/** Enough of them to see what is wrong. */
const MAX_FAULTS = 100;
const STATUS: Readonly<Record<WriteOp['op'], number>> = { insert: 201, update: 200, delete: 204 };

/** Several writes that happen together or not at all, each by the rules of a single one; answers JSON text. */
export function createBatch(plans: WritePlans, store: Pick<RecordStore, 'apply' | 'find'>) {
  async function planStep(
    actor: Actor,
    value: unknown,
    loc: Loc,
    find: FindRow,
    by: Origin | undefined,
  ): Promise<WritePlan> {
    const step = parseStep(value, loc);
    const { collection } = step;
    const place = { data: [...loc, 'data'], options: loc };
    switch (step.method) {
      case 'POST':
        return plans.create(actor, collection, step.data, step, place, by);
      case 'PATCH': {
        const { id, data, ifRevisions } = step;
        return plans.update(actor, { collection, id, ifRevisions, place, find, by }, data);
      }
      case 'DELETE': {
        const { id, ifRevisions } = step;
        return plans.delete(actor, { collection, id, ifRevisions, place, find, by });
      }
      default:
        return step satisfies never;
    }
  }

  async function planAll(
    actor: Actor,
    requests: readonly unknown[],
    by: Origin | undefined,
  ): Promise<readonly WritePlan[]> {
    const steps: WritePlan[] = [];
    const faults: Fault[] = [];
    // Hooks are shown a record as the steps before leave it.
    const find: FindRow = (scope, id) => foresee(steps, scope, id, store.find(scope, id));
    for (const [index, request] of requests.entries()) {
      const loc = [...REQUESTS, index];
      const step = await collect(faults, index, () => planStep(actor, request, loc, find, by));
      if (step !== undefined) steps.push(step);
      if (faults.length >= MAX_FAULTS) break;
    }
    if (faults.length > 0) throw invalidInput(faults);
    return steps;
  }

  async function applyAll(
    actor: Actor,
    requests: readonly unknown[],
    by: Origin | undefined,
  ): Promise<{ readonly steps: readonly WritePlan[]; readonly records: Records }> {
    for (let attempt = 1; ; attempt++) {
      const steps = await planAll(actor, requests, by);
      const outcome = await store.apply(steps.map(({ op }, index) => namingItself(op, index)));
      if (outcome.kind === 'done') return { steps, records: outcome.records };
      const step = stepAt(steps, outcome.index);
      const { op, isHooked, explain } = step;
      if (outcome.outcome.kind !== 'stale' || !isHooked)
        throw named(outcome.index, explain(outcome.outcome));
      if (attempt === MAX_HOOKED_ATTEMPTS)
        throw named(outcome.index, changedMeanwhile(op.op === 'insert' ? op.record.id : op.id));
    }
  }

  return async (actor: Actor, requests: readonly unknown[], by?: Origin): Promise<string> => {
    if (requests.length > MAX_BATCH)
      throw invalidInput([
        {
          loc: REQUESTS,
          type: 'too_long',
          msg: `must hold at most ${MAX_BATCH} requests, got ${requests.length}`,
        },
      ]);
    const { steps, records } = await applyAll(actor, requests, by);
    const results = steps.map(({ live, op }, index) => {
      const record = records[index];
      const text = record === undefined ? 'null' : plans.answer(actor, live, record).text;
      return `{"status":${STATUS[op.op]},"record":${text}}`;
    });
    return `{"results":[${results.join(',')}]}`;
  };
}

type Records = Extract<ApplyOutcome, { readonly kind: 'done' }>['records'];

/** Runs the check of one request: what is wrong with its input waits for the others', anything else ends it. */
async function collect<T>(
  faults: Fault[],
  index: number,
  check: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof AppError) || error.faults === undefined) throw named(index, error);
    faults.push(...error.faults);
    return undefined;
  }
}

/** The step with an error that says which request it was, should one be thrown in the commit. */
function namingItself(op: WriteOp, index: number): WriteOp {
  const guarded = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw named(index, error);
    }
  };
  switch (op.op) {
    case 'insert': {
      const { record } = op;
      return { ...op, record: { ...record, data: () => guarded(record.data) } };
    }
    case 'update': {
      const { change } = op;
      const merge: typeof change.merge = (stored, ownerId) =>
        guarded(() => change.merge(stored, ownerId));
      return { ...op, change: { ...change, merge } };
    }
    case 'delete':
      return op;
    default:
      return op satisfies never;
  }
}

/** Faults have a loc, which says it already. */
function named(index: number, error: unknown): unknown {
  if (!(error instanceof AppError) || error.faults !== undefined) return error;
  const { cause, retryAfterSeconds, httpStatus } = error;
  return new AppError(error.code, `requests[${index}]: ${error.message}`, {
    ...(cause !== undefined && { cause }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(httpStatus !== undefined && { httpStatus }),
  });
}

function stepAt(steps: readonly WritePlan[], index: number): WritePlan {
  const step = steps[index];
  if (step === undefined) throw new Error(`The store names step ${index} of ${steps.length}`);
  return step;
}
