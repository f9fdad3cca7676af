import { readFile } from 'node:fs/promises';
import { basename, extname, relative } from 'node:path';
import { type Actor, isAdmin } from '../../core/actor.ts';
import { toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { OpenApiPart } from '../../core/open-api-part.ts';
import type {
  AnsweredCall,
  FunctionDefinition,
  RequestInfo,
  TriggerType,
} from '../../protocol/messages.ts';
import { type CallerDeps, createCaller, type EndedCall } from './caller.ts';
import { CallHistory } from './calls.ts';
import type { FunctionPlaces } from './files.ts';
import { type Candidate, FunctionLoader, type PlacedFunction } from './loader.ts';
import { describeFunctions } from './openapi.ts';
import type {
  AdminFunction,
  AdminFunctionPage,
  FunctionCall,
  FunctionCallPage,
  FunctionInfo,
  FunctionPage,
  FunctionSource,
  LoadError,
} from './schema.ts';
import type { SpawnWorker } from './spawn-worker.ts';
import { createSpawnWorker } from './spawn-worker.ts';
import type { CallFilter, CallWindow, FunctionCallStore } from './store.ts';

/** Of the section `functions` of the configuration, with absolute paths. */
export interface FunctionSettings {
  readonly path: string;
  readonly file: string;
  readonly workers: number;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly maxQueue: number;
  /** The variables that function code may see, with their values. */
  readonly env: Readonly<Record<string, string>>;
}

export interface FunctionServiceDeps
  extends Pick<CallerDeps, 'clock' | 'logger' | 'newId' | 'callDb' | 'onCall' | 'onComplete'> {
  readonly store: FunctionCallStore;
  readonly settings: FunctionSettings;
  /** Paths are shown relative to this folder. */
  readonly root: string;
  /** server.debug: errors are shown to everybody. */
  readonly isDebug: boolean;
  /** Reload when files change; true when left out. */
  readonly isWatching?: boolean;
  readonly ensurePackages?: (folder: string) => Promise<string | undefined>;
  readonly spawnWorker?: SpawnWorker;
  /** 128 when left out. */
  readonly callsPerWorker?: number;
  /** For one file; 10 s when left out. */
  readonly loadTimeoutMs?: number;
}

export interface CallOptions {
  readonly requestId: string;
  /** null on a schedule. */
  readonly request: RequestInfo | null;
  /** `manual` without an id when left out. A schedule is not checked against `auth`. */
  readonly trigger?: { readonly type: TriggerType; readonly id: string | null };
  /** Aborted when the caller has gone. */
  readonly signal?: AbortSignal | undefined;
}

export type CallResult =
  | {
      readonly status: 'succeeded';
      readonly callId: string;
      /** JSON text, to be put into the answer as it is. */
      readonly json: string;
      readonly logs: readonly string[];
    }
  | {
      /** An HttpAnswer: sent as it is. */
      readonly status: 'answered';
      readonly callId: string;
      readonly answer: AnsweredCall;
      readonly logs: readonly string[];
    }
  | {
      readonly status: 'failed';
      readonly callId: string;
      readonly code: 'function_failed' | 'function_timeout' | 'unavailable';
      /** The status that a FunctionError wants. */
      readonly httpStatus: number | null;
      /** What this caller may read. */
      readonly error: string;
      readonly errorType: string;
      /** The data of a FunctionError, as JSON text. */
      readonly data: string | null;
      readonly logs: readonly string[];
    };

const HIDDEN_ERROR = 'The function failed. An admin finds the reason under this call_id.';
const STOP_GRACE_MS = 10_000;

export function createFunctionService(deps: FunctionServiceDeps) {
  const { clock, logger, settings, store } = deps;
  const history = new CallHistory(store, logger);
  const loader = new FunctionLoader({
    clock,
    logger,
    ensurePackages: deps.ensurePackages ?? (async () => undefined),
    spawn: deps.spawnWorker ?? createSpawnWorker(),
    env: settings.env,
    workers: settings.workers,
    memoryMb: settings.memoryMb,
    maxQueue: settings.maxQueue,
    callsPerWorker: deps.callsPerWorker ?? 128,
    loadTimeoutMs: deps.loadTimeoutMs ?? 10_000,
  });
  const caller = createCaller({
    ...deps,
    loader,
    history,
    timeoutSeconds: settings.timeoutSeconds,
  });

  function find(name: string): PlacedFunction {
    const placed = loader.functions.get(name);
    if (!placed) throw new AppError('not_found', `There is no function ${name}.`);
    return placed;
  }

  function visibleTo(actor: Actor): readonly FunctionInfo[] {
    return [...loader.functions.values()]
      .filter(({ definition }) => mayCall(actor, definition))
      .map(({ definition }) => toInfo(definition));
  }

  function toShownPath(file: string): string {
    const path = relative(deps.root, file);
    return path.startsWith('..') ? file : path;
  }

  const toShownError = (error: LoadError): LoadError => ({
    ...error,
    file: toShownPath(error.file),
  });

  function toAdminFunction({ definition, loadedAt, isCurrent }: PlacedFunction): AdminFunction {
    const file = basename(definition.file);
    return {
      ...toInfo(definition),
      module: file.slice(0, -extname(file).length),
      file_path: toShownPath(definition.file),
      last_loaded_at: loadedAt,
      is_current: isCurrent,
    };
  }

  const local: FunctionPlaces = { ...settings, isWatched: deps.isWatching ?? true };

  return {
    /** The project's own files. */
    local,
    /** Loads the functions, the project's own when nothing else is said. A call may come before that is done. */
    start: (places: FunctionPlaces = local): Promise<void> => loader.start(places),
    /** Loads functions beside those that serve, to replace them or to be thrown away. */
    prepare: (places: FunctionPlaces): Promise<Candidate> => loader.prepare(places),
    /** Ends what a crash left running. Only for whoever holds the right to serve this database. */
    async interruptRunning(): Promise<void> {
      const count = await store.interruptRunning(toTimestamp(clock.now()));
      if (count > 0) logger.warning(`${count} function calls were cut off when the server stopped`);
    },
    /** Finishes what runs, for as long as the grace lasts, and writes the history. */
    async stop(graceMs: number = STOP_GRACE_MS): Promise<void> {
      await loader.stop(graceMs);
      await history.flush();
    },
    reload: (): Promise<void> => loader.reload(),
    isReady: (): boolean => loader.isReady,

    async call(
      actor: Actor,
      name: string,
      payload: unknown,
      { requestId, request, trigger = { type: 'manual', id: null }, signal }: CallOptions,
    ): Promise<CallResult> {
      if (!loader.isReady) await loader.whenReady(settings.timeoutSeconds * 1000);
      const placed = find(name);
      if (trigger.type !== 'schedule') checkAccess(actor, placed.definition);
      const call = { actor, placed, payload, requestId, request, trigger, signal, depth: 0 };
      return toResult(await caller.run(call), isAdmin(actor) || deps.isDebug);
    },

    version: (): number => loader.version,
    /** What an OpenAPI document says of the functions that this caller may call. */
    openApi: (actor: Actor, takenNames: Iterable<string>): OpenApiPart =>
      describeFunctions(visibleTo(actor), takenNames),

    /** What this caller may call, by name. */
    list(actor: Actor, { limit, offset }: CallWindow): FunctionPage {
      return toPage(visibleTo(actor), limit, offset);
    },
    schema(actor: Actor, name: string): FunctionInfo {
      const { definition } = find(name);
      checkAccess(actor, definition);
      return toInfo(definition);
    },

    adminList({ limit, offset }: CallWindow): AdminFunctionPage {
      const all = [...loader.functions.values()].map(toAdminFunction);
      return { ...toPage(all, limit, offset), load_errors: loader.errors.map(toShownError) };
    },
    loadErrors: (): LoadError[] => loader.errors.map(toShownError),
    async source(name: string): Promise<FunctionSource> {
      const { definition } = find(name);
      try {
        const source = await readFile(definition.file, 'utf8');
        return { file_path: toShownPath(definition.file), source };
      } catch (error) {
        const path = toShownPath(definition.file);
        throw new AppError('not_found', `${path} cannot be read any more.`, { cause: error });
      }
    },

    async listCalls(filter: CallFilter, window: CallWindow): Promise<FunctionCallPage> {
      const { started_after, started_before, ...rest } = filter;
      const range = {
        started_after: toUtc('started_after', started_after),
        started_before: toUtc('started_before', started_before),
      };
      return history.list({ ...rest, ...range }, window);
    },
    async getCall(id: string): Promise<FunctionCall> {
      const call = await history.find(id);
      if (!call) throw new AppError('not_found', `There is no function call ${id}.`);
      return call;
    },
  };
}
export type FunctionService = ReturnType<typeof createFunctionService>;

function mayCall(actor: Actor, { auth }: FunctionDefinition): boolean {
  switch (auth) {
    case 'public':
      return true;
    case 'auth':
      return actor.kind !== 'anonymous';
    case 'admin':
      return isAdmin(actor);
    default:
      return auth satisfies never;
  }
}

function checkAccess(actor: Actor, definition: FunctionDefinition): void {
  if (mayCall(actor, definition)) return;
  if (actor.kind === 'anonymous')
    throw new AppError('unauthenticated', `Sign in to call ${definition.name}.`);
  throw new AppError('forbidden', `Only an admin may call ${definition.name}.`);
}

function toInfo({ file: _file, raw_body: _raw, tags, ...info }: FunctionDefinition): FunctionInfo {
  return { ...info, tags: [...tags] };
}

/** Stored times are UTC text and compared as such. */
function toUtc(key: string, time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  const ms = Date.parse(time);
  if (!Number.isNaN(ms)) return toTimestamp(ms);
  const msg = 'must be a time such as 2030-01-31T12:00:00Z';
  throw invalidInput([{ loc: ['query', key], msg, type: 'value_error' }]);
}

function toPage<T>(items: readonly T[], limit: number, offset: number) {
  return {
    items: items.slice(offset, offset + limit),
    total: items.length,
    page: Math.floor(offset / limit) + 1,
    page_size: limit,
  };
}

function toResult({ callId, outcome, logs }: EndedCall, maySeeErrors: boolean): CallResult {
  if (outcome.status === 'succeeded')
    return { status: 'succeeded', callId, json: outcome.json, logs };
  if (outcome.status === 'answered') return { status: 'answered', callId, answer: outcome, logs };
  const { error_type: errorType, message } = outcome;
  if (outcome.status === 'lost') {
    const code =
      errorType === 'TimeoutError'
        ? 'function_timeout'
        : errorType === 'WorkerLost'
          ? 'unavailable'
          : 'function_failed';
    // These sentences are our own: they give nothing away.
    const common = { httpStatus: null, data: null, error: message };
    return { status: 'failed', callId, code, errorType, logs, ...common };
  }
  const { http_status: httpStatus, data } = outcome;
  const error = maySeeErrors || httpStatus !== null ? message : HIDDEN_ERROR;
  const code = 'function_failed';
  return { status: 'failed', callId, code, httpStatus, errorType, error, data, logs };
}
