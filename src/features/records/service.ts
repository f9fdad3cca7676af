import type { Clock } from '../../core/clock.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import type { CollectionService } from '../collections/service.ts';
import { createBatch } from './batch.ts';
import { NO_HOOKS, type RecordHooks } from './events.ts';
import { createExpand, type FindUsers } from './expand.ts';
import { createGate } from './gate.ts';
import { createRecordReads } from './read-records.ts';
import type { RecordStore } from './store.ts';
import { createWritePlans } from './write-plans.ts';
import { createRecordWrites } from './write-records.ts';

export interface RecordDeps {
  readonly collections: Pick<CollectionService, 'find' | 'findById' | 'visible'>;
  readonly store: RecordStore;
  readonly newId: () => string;
  readonly clock: Clock;
  /** Whether a user of this id exists, for records that an admin makes in somebody's name. */
  readonly hasUser: (id: string) => Awaitable<boolean>;
  /** Those who look at writes first; nobody when left out. */
  readonly hooks?: RecordHooks;
  /** For references to users. */
  readonly findUsers: FindUsers;
}

export type RecordService = ReturnType<typeof createRecordService>;

/** What can be done with the records of any collection; the actor comes first. */
export function createRecordService(deps: RecordDeps) {
  const { store } = deps;
  const gate = createGate(deps);
  const plans = createWritePlans({ hooks: NO_HOOKS, ...deps, gate });
  const reads = createRecordReads({ ...deps, gate, expand: createExpand(deps) });
  const writes = createRecordWrites(plans, store);
  return {
    list: reads.list,
    count: reads.count,
    find: reads.find,
    findWith: reads.findWith,
    get: reads.get,
    getWith: reads.getWith,
    create: writes.create,
    update: writes.update,
    delete: writes.delete,
    batch: createBatch(plans, store),
  };
}
