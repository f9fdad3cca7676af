import type { DbBatch, DbListQuery, DbOperation } from '../protocol/db.ts';
import type { CallHeader } from '../protocol/messages.ts';
import type {
  BatchResult,
  Collection,
  Context,
  Database,
  FunctionLog,
  GetQuery,
  ListQuery,
  RecordItem,
} from '../sdk/context.ts';
import { TinyBaseError } from '../sdk/function-error.ts';
import type { AskBox } from './asks.ts';
import type { LineSink } from './console.ts';

/** The context of one call, and the switch that aborts its signal. */
export interface CallContext {
  readonly context: Context;
  abort(reason: string): void;
}

export function createContext(
  id: number,
  header: CallHeader,
  asks: AskBox,
  sink: LineSink,
): CallContext {
  let controller: AbortController | undefined;
  let abortReason: string | undefined;
  const askDb = (isAsCaller: boolean) => (operation: PlacedOperation) =>
    asks.ask(id, 'db', { as_caller: isAsCaller, ...operation });
  const log: FunctionLog = {
    debug: (...values) => sink.add('debug', values),
    info: (...values) => sink.add('info', values),
    warning: (...values) => sink.add('warning', values),
    error: (...values) => sink.add('error', values),
  };
  const { now, ...rest } = header;
  const context: Context = {
    ...rest,
    now: new Date(now),
    log,
    // Made on demand: most functions never look at it.
    get signal() {
      if (!controller) {
        controller = new AbortController();
        if (abortReason !== undefined) controller.abort(toAbortError(abortReason));
      }
      return controller.signal;
    },
    db: { ...createDatabase(askDb(false)), as_caller: () => createDatabase(askDb(true)) },
    functions: {
      call: <Output>(name: string, payload?: unknown) =>
        asks.ask(id, 'call_function', { name, payload: payload ?? null }) as Promise<Output>,
    },
  };
  return {
    context,
    abort(reason) {
      abortReason = reason;
      controller?.abort(toAbortError(reason));
    },
  };
}

function toAbortError(reason: string): DOMException {
  return new DOMException(reason, 'AbortError');
}

type PlacedOperation = ({ readonly collection: string } & DbOperation) | DbBatch;
type AskDb = (operation: PlacedOperation) => Promise<unknown>;

function createDatabase(ask: AskDb): Database {
  return {
    collection: <Data>(name: string) => createCollection<Data>(name, ask),
    async batch(requests) {
      const answer = await ask({ op: 'batch', requests });
      return (answer as { readonly results: readonly BatchResult[] }).results;
    },
  };
}

/** The server answers in the API's own shapes, so what comes back has the declared type. */
function createCollection<Data>(collection: string, ask: AskDb): Collection<Data> {
  const one = (operation: DbOperation) =>
    ask({ collection, ...operation }) as Promise<RecordItem<Data>>;
  return {
    list: (query = {}) =>
      ask({ collection, op: 'list', query: toListQuery(query) }) as ReturnType<
        Collection<Data>['list']
      >,
    async get(id, query = {}) {
      try {
        return await one({ op: 'get', id, query: toGetQuery(query) });
      } catch (error) {
        if (error instanceof TinyBaseError && error.code === 'not_found') return null;
        throw error;
      }
    },
    create: (data, options = {}) =>
      one({
        op: 'create',
        data: data as Readonly<Record<string, unknown>>,
        id: options.id ?? null,
        ...(options.owner_id === undefined ? {} : { owner_id: options.owner_id }),
      }),
    update: (id, changes) =>
      one({ op: 'update', id, data: changes as Readonly<Record<string, unknown>> }),
    async delete(id) {
      await ask({ collection, op: 'delete', id });
    },
    count: (query = {}) => ask({ collection, op: 'count', query }) as Promise<number>,
  };
}

/** Lists of names and booleans become text, as in a URL; the server checks all else. */
function toListQuery({ count, ...query }: ListQuery): DbListQuery {
  return { ...toGetQuery(query), ...(count !== undefined && { count: String(count) }) };
}

function toGetQuery<Query extends GetQuery>({ fields, expand, ...rest }: Query) {
  return {
    ...rest,
    ...(fields && { fields: toNames(fields) }),
    ...(expand && { expand: toNames(expand) }),
  };
}

/** Plain JavaScript may well say `'a,b'`. */
function toNames(names: readonly string[] | string): string {
  return typeof names === 'string' ? names : names.join(',');
}
