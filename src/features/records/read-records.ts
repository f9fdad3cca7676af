import type { Actor } from '../../core/actor.ts';
import type { Clock } from '../../core/clock.ts';
import type { Awaitable } from '../../lib/awaitable.ts';
import { pageNumber } from '../../lib/page.ts';
import type { CollectionService } from '../collections/service.ts';
import { fieldsFor, fieldsOf, inBoth } from './access.ts';
import { type Answered, toListText, toSeen, toShown, toText } from './answer.ts';
import { encodeCursor } from './cursor.ts';
import type { Expand } from './expand.ts';
import { type Gate, scopeOf } from './gate.ts';
import { type FilterQuery, type ListQuery, parseListQuery } from './list-query.ts';
import { noRecord, tooLargePage } from './record-errors.ts';
import { parseExpand, parseFields, type ShowQuery } from './show-query.ts';
import type { RecordPage, RecordStore } from './store.ts';

export interface ReadDeps {
  readonly gate: Gate;
  readonly expand: Expand;
  readonly collections: Pick<CollectionService, 'find'>;
  readonly store: Pick<RecordStore, 'find' | 'list' | 'count'>;
  /** For `@now` in filters. */
  readonly clock: Clock;
}

/** Which records are counted. */
export interface CountQuery extends FilterQuery {
  /** `exact` asks for the count of this very moment. */
  readonly count?: string | undefined;
}

type Expanded = Awaited<ReturnType<Expand>>;

/** The reading half of the record service. */
export function createRecordReads({ gate, expand, collections, store, clock }: ReadDeps) {
  function openList(actor: Actor, name: string, query: ListQuery) {
    const { live, scope } = gate.open(actor, name, 'list');
    const sight = fieldsFor(actor, live, scope.filter);
    const { mayRead } = sight;
    const request = parseListQuery(query, { live, actor, now: clock.now(), mayRead });
    const filtered = scopeOf(live, inBoth(scope.filter, request.filter));
    return { live, sight, request, scope: filtered };
  }

  /** Undefined when there is no such record among those that the caller may read. */
  function find(actor: Actor, name: string, id: string): Answered | undefined {
    const { live, scope } = gate.open(actor, name, 'read');
    const record = store.find(scope, id);
    if (record === undefined) return undefined;
    const seen = toSeen(record, fieldsFor(actor, live, scope.filter));
    return { record: seen, text: toText(live.collection.id, seen) };
  }

  /** The page as JSON text: at once when nothing of it has to be waited for. */
  function list(actor: Actor, name: string, query: ListQuery): Awaitable<string> {
    const { live, sight, request, scope } = openList(actor, name, query);
    const { sort, limit, offset, after, fields, count } = request;
    const countAll = () => (count === 'none' ? null : store.count(scope, count === 'exact'));
    const show = ({ records, next }: RecordPage, total: number | null, expanded?: Expanded) => {
      const shown = records.map((record) => toShown(record, sight, fields));
      return toListText(live.collection.id, shown, expanded, {
        total,
        page: after === undefined ? pageNumber({ limit, offset }) : null,
        limit,
        nextCursor: next === undefined ? null : encodeCursor(next, request.fingerprint),
      });
    };
    const later = async (asked: Awaitable<RecordPage>, counted: Awaitable<number | null>) => {
      const isCurrent = () => collections.find(name) === live;
      try {
        const [page, total] = await Promise.all([asked, counted]);
        const expanded =
          request.expand.length === 0
            ? undefined
            : await expand(actor, page.records, request.expand);
        if (isCurrent()) return show(page, total, expanded);
      } catch (error) {
        if (isCurrent()) throw error;
      }
      // Rules that changed while this was read count: what they hide may have been written since, and
      // what was asked for may be gone.
      return list(actor, name, query);
    };
    const place = after === undefined ? { offset } : { after };
    const asked = store.list(scope, { sort, limit, ...place });
    if (asked instanceof Promise) return later(asked.then(uncut), attempt(countAll));
    const page = uncut(asked);
    const total = countAll();
    return total instanceof Promise || request.expand.length > 0
      ? later(page, total)
      : show(page, total);
  }

  /** Like find, with a choice of fields and with what references lead to. */
  const findWith = async (
    actor: Actor,
    name: string,
    id: string,
    query: ShowQuery,
  ): Promise<Answered | undefined> => {
    const { live, scope } = gate.open(actor, name, 'read');
    const record = store.find(scope, id);
    if (record === undefined) return undefined;
    const sight = fieldsOf(actor, live, record);
    const context = { live, mayRead: sight.mayRead };
    const fields = parseFields(query.fields, context);
    const references = parseExpand(query.expand, context);
    const seen = toShown(record, sight, fields);
    const [expanded] = references.length === 0 ? [] : await expand(actor, [record], references);
    return { record: seen, text: toText(live.collection.id, seen, expanded) };
  };

  return {
    list,
    find,
    findWith,

    get(actor: Actor, name: string, id: string): Answered {
      const found = find(actor, name, id);
      if (!found) throw noRecord(name, id);
      return found;
    },

    async getWith(actor: Actor, name: string, id: string, query: ShowQuery): Promise<Answered> {
      const found = await findWith(actor, name, id, query);
      if (!found) throw noRecord(name, id);
      return found;
    },

    /** How many records a list would have. */
    async count(actor: Actor, name: string, query: CountQuery = {}): Promise<number> {
      const { scope, request } = openList(actor, name, query);
      return store.count(scope, request.count === 'exact');
    },
  };
}

/** The page, unless records were left out of it because they are too large together. */
function uncut(page: RecordPage): RecordPage {
  if (page.isCut) throw tooLargePage(page.records.length);
  return page;
}

/** What fails at once fails as a promise, so that nobody has to look out for both. */
async function attempt<T>(ask: () => Awaitable<T>): Promise<T> {
  return ask();
}
