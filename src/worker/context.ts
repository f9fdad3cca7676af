import type { DbOperation } from '../protocol/db.ts';
import type { CallHeader } from '../protocol/messages.ts';
import type { Collection, Context, Database, FunctionLog, RecordItem } from '../sdk/context.ts';
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
  const askDb = (isAsCaller: boolean) => (collection: string, operation: DbOperation) =>
    asks.ask(id, 'db', { as_caller: isAsCaller, collection, ...operation });
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

type AskDb = (collection: string, operation: DbOperation) => Promise<unknown>;

function createDatabase(ask: AskDb): Database {
  return { collection: <Data>(name: string) => createCollection<Data>(name, ask) };
}

/** The server answers in the API's own shapes, so what comes back has the declared type. */
function createCollection<Data>(name: string, ask: AskDb): Collection<Data> {
  const one = (operation: DbOperation) => ask(name, operation) as Promise<RecordItem<Data>>;
  return {
    list: (query = {}) => ask(name, { op: 'list', query }) as ReturnType<Collection<Data>['list']>,
    async get(id) {
      try {
        return await one({ op: 'get', id });
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
      await ask(name, { op: 'delete', id });
    },
    count: () => ask(name, { op: 'count' }) as Promise<number>,
  };
}
