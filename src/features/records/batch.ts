import type { Actor } from '../../core/actor.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { parseStep } from './batch-step.ts';
import { MAX_BATCH } from './schema.ts';
import type { RecordStore, WriteOp } from './store.ts';
import type { WritePlan, WritePlans } from './write-plans.ts';

type Loc = Fault['loc'];

const REQUESTS = ['body', 'requests'] as const;
/** Enough of them to see what is wrong. */
const MAX_FAULTS = 100;
const STATUS: Readonly<Record<WriteOp['op'], number>> = { insert: 201, update: 200, delete: 204 };

/** Several writes that happen together or not at all, each by the rules of a single one; answers JSON text. */
export function createBatch(plans: WritePlans, store: Pick<RecordStore, 'apply'>) {
  async function plan(actor: Actor, value: unknown, loc: Loc): Promise<WritePlan> {
    const step = parseStep(value, loc);
    const { collection } = step;
    const place = { data: [...loc, 'data'], options: loc };
    switch (step.method) {
      case 'POST':
        return plans.create(actor, collection, step.data, step, place);
      case 'PATCH': {
        const { id, data, ifRevisions } = step;
        return plans.update(actor, collection, id, data, ifRevisions, place);
      }
      case 'DELETE':
        return plans.delete(actor, collection, step.id, step.ifRevisions, place);
      default:
        return step satisfies never;
    }
  }

  return async (actor: Actor, requests: readonly unknown[]): Promise<string> => {
    if (requests.length > MAX_BATCH)
      throw invalidInput([
        {
          loc: REQUESTS,
          type: 'too_long',
          msg: `must hold at most ${MAX_BATCH} requests, got ${requests.length}`,
        },
      ]);
    const steps: WritePlan[] = [];
    const faults: Fault[] = [];
    for (const [index, request] of requests.entries()) {
      const step = await collect(faults, index, () => plan(actor, request, [...REQUESTS, index]));
      if (step !== undefined) steps.push(step);
      if (faults.length >= MAX_FAULTS) break;
    }
    if (faults.length > 0) throw invalidInput(faults);
    const outcome = await store.apply(steps.map(({ op }, index) => namingItself(op, index)));
    if (outcome.kind === 'failed')
      throw named(outcome.index, stepAt(steps, outcome.index).explain(outcome.outcome));
    const results = steps.map(({ live, op }, index) => {
      const record = outcome.records[index];
      const text = record === undefined ? 'null' : plans.answer(actor, live, record).text;
      return `{"status":${STATUS[op.op]},"record":${text}}`;
    });
    return `{"results":[${results.join(',')}]}`;
  };
}

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
  const { cause, retryAfterSeconds } = error;
  return new AppError(error.code, `requests[${index}]: ${error.message}`, {
    ...(cause !== undefined && { cause }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

function stepAt(steps: readonly WritePlan[], index: number): WritePlan {
  const step = steps[index];
  if (step === undefined) throw new Error(`The store names step ${index} of ${steps.length}`);
  return step;
}
