import type { Actor } from '../../core/actor.ts';
import type { Answered } from './answer.ts';
import type { RecordStore } from './store.ts';
import type { CreateOptions, Place, WritePlans } from './write-plans.ts';

const PLACE: Place = { data: ['body'], options: ['query'] };

/** Writes of one record each. */
export function createRecordWrites(
  plans: WritePlans,
  store: Pick<RecordStore, 'insert' | 'update' | 'delete'>,
) {
  return {
    async create(
      actor: Actor,
      name: string,
      body: unknown,
      options: CreateOptions = {},
    ): Promise<Answered> {
      const { live, op, explain } = await plans.create(actor, name, body, options, PLACE);
      const outcome = await store.insert(op.collectionId, op.record);
      if (outcome.kind !== 'done') throw explain(outcome);
      return plans.answer(actor, live, outcome.record);
    },

    async update(
      actor: Actor,
      name: string,
      id: string,
      body: unknown,
      ifRevisions?: readonly number[],
    ): Promise<Answered> {
      const { live, op, explain } = plans.update(actor, name, id, body, ifRevisions, PLACE);
      const outcome = await store.update(op.scope, id, op.change);
      if (outcome.kind !== 'done') throw explain(outcome);
      return plans.answer(actor, live, outcome.record);
    },

    async delete(
      actor: Actor,
      name: string,
      id: string,
      ifRevisions?: readonly number[],
    ): Promise<void> {
      const { op, explain } = plans.delete(actor, name, id, ifRevisions, PLACE);
      const outcome = await store.delete(op.scope, id, op.ifRevisions);
      if (outcome.kind !== 'done') throw explain(outcome);
    },
  };
}
