import type { DbBatch, DbListQuery, DbOperation } from '../protocol/db.ts';
import type { AskName, Asks, CallHeader, RequestInfo } from '../protocol/messages.ts';
import type {
  BatchResult,
  Collection,
  Database,
  FunctionLog,
  GetQuery,
  ListQuery,
  RecordItem,
} from '../sdk/context.ts';
import { TinyBaseError } from '../sdk/function-error.ts';
import type { AnyContext } from '../sdk/register.ts';
import type { AskBox, Asker } from './asks.ts';
import type { LineSink } from './console.ts';

/** The context of one call, and its switches. */
export interface CallContext {
  readonly context: AnyContext;
  /** Aborts its signal. */
  abort(reason: string): void;
  /** From now on it may ask for nothing. */
  end(): void;
}

interface ContextParts {
  readonly asks: AskBox;
  readonly sink: LineSink;
  /** Of a function with raw_body; null for all others. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

export function createContext(
  asker: Asker,
  header: CallHeader,
  { asks, sink, body }: ContextParts,
): CallContext {
  let controller: AbortController | undefined;
  let abortReason: string | undefined;
  let hasEnded = false;
  const ask = <Name extends AskName>(name: Name, request: Asks[Name]): Promise<unknown> =>
    hasEnded ? Promise.reject(hasEndedError()) : asks.ask(asker, name, request);
  const askDb = (isAsCaller: boolean) => (operation: PlacedOperation) =>
    ask('db', { as_caller: isAsCaller, ...operation });
  const log: FunctionLog = {
    debug: (...values) => sink.add('debug', values),
    info: (...values) => sink.add('info', values),
    warning: (...values) => sink.add('warning', values),
    error: (...values) => sink.add('error', values),
  };
  const { now, request, ...rest } = header;
  const context: AnyContext = {
    ...rest,
    now: new Date(now),
    request: toRequest(request, body),
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
        ask('call_function', { name, payload: payload ?? null }) as Promise<Output>,
    },
  };
  return {
    context,
    abort(reason) {
      abortReason = reason;
      controller?.abort(toAbortError(reason));
    },
    end() {
      hasEnded = true;
      sink.end();
    },
  };
}

const NO_REQUEST: RequestInfo = { method: 'POST', query: {}, headers: {}, ip: null };

function toRequest(
  request: RequestInfo | null,
  body: Uint8Array<ArrayBuffer> | null,
): AnyContext['request'] {
  return body === null ? request && { ...request, body } : { ...(request ?? NO_REQUEST), body };
}

function hasEndedError(): TinyBaseError {
  return new TinyBaseError(
    'conflict',
    'This call has ended: a function must await what it asks for before it returns.',
  );
}

function toAbortError(reason: string): DOMException {
  return new DOMException(reason, 'AbortError');
}

type PlacedOperation = ({ readonly collection: string } & DbOperation) | DbBatch;
export type AskDb = (operation: PlacedOperation) => Promise<unknown>;

export function createDatabase(ask: AskDb): Database {
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
function toListQuery({ count, ...query }: ListQuery<PropertyKey>): DbListQuery {
  return { ...toGetQuery(query), ...(count !== undefined && { count: String(count) }) };
}

function toGetQuery<Query extends GetQuery<PropertyKey>>({ fields, expand, ...rest }: Query) {
  return {
    ...rest,
    ...(fields && { fields: toNames(fields) }),
    ...(expand && { expand: toNames(expand) }),
  };
}

/** Plain JavaScript may well say `'a,b'`. */
function toNames(names: readonly PropertyKey[] | string): string {
  return typeof names === 'string' ? names : names.join(',');
}
