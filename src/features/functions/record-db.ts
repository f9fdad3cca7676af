import type { Actor } from '../../core/actor.ts';
import type { DbRequest } from '../../protocol/db.ts';
import type { RecordService } from '../records/service.ts';
import type { CallDb } from './caller.ts';

/** Serves `ctx.db` with the same service, checks and rights as HTTP. */
export function createCallDb(records: RecordService): CallDb {
  return async (actor, request) => ({ json: await answer(actor, request) });

  async function answer(actor: Actor, request: DbRequest): Promise<string> {
    const { collection } = request;
    switch (request.op) {
      case 'list':
        return records.list(actor, collection, request.query);
      case 'count':
        return String(await records.count(actor, collection));
      case 'get':
        return records.find(actor, collection, request.id)?.text ?? 'null';
      case 'create': {
        const { data, id, owner_id } = request;
        const options = { id: id ?? undefined, ownerId: owner_id ?? undefined };
        return (await records.create(actor, collection, data, options)).text;
      }
      case 'update':
        return (await records.update(actor, collection, request.id, request.data)).text;
      case 'delete':
        await records.delete(actor, collection, request.id);
        return 'null';
      default:
        return request satisfies never;
    }
  }
}
