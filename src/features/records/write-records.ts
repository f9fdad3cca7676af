import type { Actor } from '../../core/actor.ts';
import type { Origin } from '../../core/origin.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { Answered } from './answer.ts';
import { changedMeanwhile } from './record-errors.ts';
import type { DeleteOutcome, RecordStore, UpdateOutcome } from './store.ts';
import type { CreateOptions, Place, WritePlan, WritePlans } from './write-plans.ts';

const PLACE: Place = { data: ['body'], options: ['query'] };
/** How often hooks are asked about a record that others go on changing. */
export const MAX_HOOKED_ATTEMPTS = 3;

/** Writes of one record each. */
export function createRecordWrites(
  plans: WritePlans,
  store: Pick<RecordStore, 'insert' | 'update' | 'delete'>,
) {
  /** Does what was planned; when hooks saw a revision that is none any more, plans it anew. */
  async function carryOut<Plan extends WritePlan, Outcome extends UpdateOutcome | DeleteOutcome>(
    id: string,
    makePlan: () => Awaitable<Plan>,
    write: (plan: Plan) => Awaitable<Outcome>,
  ): Promise<{
    readonly plan: Plan;
    readonly outcome: Extract<Outcome, { readonly kind: 'done' }>;
  }> {
    for (let attempt = 1; ; attempt++) {
      const planned = makePlan();
      const plan = planned instanceof Promise ? await planned : (planned as Plan);
      const outcome = await write(plan);
      if (isDone(outcome)) return { plan, outcome };
      const failure = outcome as Exclude<UpdateOutcome | DeleteOutcome, { kind: 'done' }>;
      if (failure.kind !== 'stale' || !plan.isHooked) throw plan.explain(failure);
      if (attempt === MAX_HOOKED_ATTEMPTS) throw changedMeanwhile(id);
    }
  }

  return {
    async create(
      actor: Actor,
      name: string,
      body: unknown,
      options: CreateOptions = {},
      by?: Origin,
    ): Promise<Answered> {
      const { live, op, explain } = await plans.create(actor, name, body, options, PLACE, by);
      const outcome = await store.insert(op.collectionId, op.record);
      if (outcome.kind !== 'done') throw explain(outcome);
      return plans.answer(actor, live, outcome.record);
    },

    async update(
      actor: Actor,
      collection: string,
      id: string,
      body: unknown,
      ifRevisions?: readonly number[],
      by?: Origin,
    ): Promise<Answered> {
      const request = { collection, id, ifRevisions, by, place: PLACE };
      const { plan, outcome } = await carryOut(
        id,
        () => plans.update(actor, request, body),
        ({ op }) => store.update(op.scope, id, op.change),
      );
      return plans.answer(actor, plan.live, outcome.record);
    },

    async delete(
      actor: Actor,
      collection: string,
      id: string,
      ifRevisions?: readonly number[],
      by?: Origin,
    ): Promise<void> {
      const request = { collection, id, ifRevisions, by, place: PLACE };
      await carryOut(
        id,
        () => plans.delete(actor, request),
        ({ op }) => store.delete(op.scope, id, op.removal),
      );
    },
  };
}

function isDone<Outcome extends { readonly kind: string }>(
  outcome: Outcome,
): outcome is Extract<Outcome, { readonly kind: 'done' }> {
  return outcome.kind === 'done';
}
