import { type Actor, requireScope } from '../../core/actor.ts';
import type { Origin } from '../../core/origin.ts';
import type { DbRequest } from '../../protocol/db.ts';
import type { RecordService } from '../records/service.ts';
import type { CallDb } from './caller.ts';

/** Serves `ctx.db` with the same service, checks and rights as HTTP. */
export function createCallDb(records: RecordService): CallDb {
  return async (actor, request, { origin }) => {
    // Calling a function opens no more of the caller's own rights than the API token does elsewhere.
    requireScope(actor, isRead(request) ? 'records:read' : 'records:write');
    return { json: await answer(actor, request, origin) };
  };

  async function answer(actor: Actor, request: DbRequest, by: Origin): Promise<string> {
    switch (request.op) {
      case 'list':
        return records.list(actor, request.collection, request.query);
      case 'count':
        return String(await records.count(actor, request.collection, request.query));
      case 'get': {
        const { collection, id, query } = request;
        return (await records.findWith(actor, collection, id, query))?.text ?? 'null';
      }
      case 'create': {
        const { collection, data, id, owner_id } = request;
        const options = { id: id ?? undefined, ownerId: owner_id ?? undefined };
        return (await records.create(actor, collection, data, options, by)).text;
      }
      case 'update': {
        const { collection, id, data } = request;
        return (await records.update(actor, collection, id, data, undefined, by)).text;
      }
      case 'delete':
        await records.delete(actor, request.collection, request.id, undefined, by);
        return 'null';
      case 'batch':
        return records.batch(actor, request.requests, by);
      default:
        return request satisfies never;
    }
  }
}

function isRead({ op }: DbRequest): boolean {
  return op === 'list' || op === 'count' || op === 'get';
}
