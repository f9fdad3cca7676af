import type { Origin } from '../../core/origin.ts';
import { HookRefusal } from './before-hooks.ts';
import { AFTER, BEFORE } from './hook-table.ts';
import type { ExtensionHost } from './host.ts';
import { tooDeep } from './host-asks.ts';

type Kind = keyof typeof BEFORE;
type Data = Readonly<Record<string, unknown>>;

interface PlannedWrite {
  readonly op: Kind;
  readonly collection: string;
  readonly id: string;
  readonly data: Data;
  readonly old?: Data;
}

/** A change that is on disk. */
interface Change {
  readonly collectionId: string;
  readonly op: Kind;
  readonly id: string;
  /** JSON text. */
  readonly before?: string;
  readonly after?: string;
  readonly by?: Origin | undefined;
}

const NOBODY: Origin = { userId: null, requestId: null, depth: 0 };

/** Shows writes of records to extensions, before and after. */
export function createRecordHooks(host: ExtensionHost) {
  return {
    hasBefore: (op: Kind, collection: string): boolean => host.hasBefore(BEFORE[op], collection),

    async before({ op, collection, id, data, old }: PlannedWrite, origin: Origin) {
      const stored = old && JSON.stringify(old);
      const { userId, requestId } = origin;
      const given = JSON.stringify(data);
      try {
        const text = await host.before({
          hook: BEFORE[op],
          collection,
          toEvent: (now) => toEvent({ collection, id, data: now, old: stored, userId, requestId }),
          data: given,
          origin,
        });
        // Reading what nobody changed would be for nothing.
        return {
          kind: 'passed' as const,
          data: text === given ? data : (JSON.parse(text) as Data),
        };
      } catch (error) {
        if (!(error instanceof HookRefusal)) throw error;
        return { kind: 'refused' as const, status: error.status, message: error.message };
      }
    },

    checkDepth(op: Kind, collection: string, origin: Origin): void {
      if (!host.isTooDeep(origin)) return;
      if (host.hasBefore(BEFORE[op], collection) || host.hasAfter(AFTER[op], collection))
        throw tooDeep(`this write to ${collection}`);
    },

    /** Whether somebody wants to hear of changes of records there. */
    wantsChanges: (collection: string): boolean =>
      Object.values(AFTER).some((hook) => host.hasAfter(hook, collection)),

    room: host.room,

    /** For the feed of changes. `nameOf` is asked only when somebody may want to hear of it. */
    changed(
      { collectionId, op, id, before, after, by = NOBODY }: Change,
      nameOf: (collectionId: string) => string | undefined,
    ): void {
      if (!host.isAlive()) return;
      const collection = nameOf(collectionId);
      if (collection === undefined) return;
      host.emit(AFTER[op], collection, by, () => {
        const { userId, requestId } = by;
        const data = after ?? before ?? '{}';
        const old = op === 'update' ? before : undefined;
        return toEvent({ collection, id, data, old, userId, requestId });
      });
    },
  };
}

/** As JSON text: what is stored is put in as it is. */
function toEvent({ collection, id, data, old, userId, requestId }: EventParts): string {
  const more = old === undefined ? '' : `,"old":${old}`;
  return `{"collection":"${collection}","id":"${id}","data":${data}${more},"user_id":${JSON.stringify(userId)},"request_id":${JSON.stringify(requestId)}}`;
}

interface EventParts {
  readonly collection: string;
  readonly id: string;
  readonly data: string;
  readonly old: string | undefined;
  readonly userId: string | null;
  readonly requestId: string | null;
}
