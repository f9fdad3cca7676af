import { type Actor, isFullAdmin } from '../../core/actor.ts';
import { toTimestamp } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { toUtc } from '../../core/time-query.ts';
import type { PageWindow } from '../../lib/page.ts';
import type { TimeRange } from '../../lib/time-range.ts';
import type { RequestInfo, TriggerType } from '../../protocol/messages.ts';
import { type CallResult, toResult } from './call-result.ts';
import { type CallerDeps, createCaller } from './caller.ts';
import { CallHistory } from './calls.ts';
import { checkAccess, createCatalog } from './catalog.ts';
import type { FunctionPlaces } from './files.ts';
import { readHistogram } from './histogram.ts';
import { checkInput, type InputCheck } from './input-check.ts';
import { createConcurrencyLimit } from './limit.ts';
import { type Candidate, FunctionLoader } from './loader.ts';
import { readMetrics } from './metrics.ts';
import { cleanUpCalls } from './retention.ts';
import { createScheduledRuns } from './scheduled.ts';
import type {
  FunctionCall,
  FunctionCallHistogram,
  FunctionCallPage,
  FunctionMetrics,
} from './schema.ts';
import type { SpawnWorker } from './spawn-worker.ts';
import { createSpawnWorker } from './spawn-worker.ts';
import type { CallFilter, FunctionCallStore } from './store.ts';

/** Of the section `functions` of the configuration, with absolute paths. */
export interface FunctionSettings {
  readonly path: string;
  readonly file: string;
  readonly workers: number;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly maxQueue: number;
  /** Calls that one user, or one API token, may have running. */
  readonly maxConcurrentPerUser: number;
  /** How long the history keeps a call. */
  readonly callRetentionDays: number;
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
  /** The payload is JSON text: it goes to the worker as it is, which refuses what is none. */
  readonly isJsonText?: boolean;
  /** `manual` without an id when left out. A schedule is not checked against `auth`. */
  readonly trigger?: { readonly type: TriggerType; readonly id: string | null };
  /** Aborted when the caller has gone. */
  readonly signal?: AbortSignal | undefined;
  /** How many hooks lie between what somebody did and this; 0 when left out. */
  readonly hookDepth?: number;
}

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
  const limit = createConcurrencyLimit(settings.maxConcurrentPerUser);
  const caller = createCaller({
    ...deps,
    loader,
    history,
    timeoutSeconds: settings.timeoutSeconds,
  });

  const catalog = createCatalog({ loader, root: deps.root });
  const maxWaitMs = settings.timeoutSeconds * 1000;
  const runScheduled = createScheduledRuns({
    ...deps,
    find: catalog.find,
    run: caller.run,
    history,
  });
  let drained: Promise<void> | undefined;

  async function run(
    actor: Actor,
    name: string,
    payload: unknown,
    {
      requestId,
      request,
      isJsonText = false,
      trigger = { type: 'manual', id: null },
      signal,
      hookDepth = 0,
    }: CallOptions,
  ): Promise<CallResult> {
    if (!loader.isReady) await loader.whenReady(maxWaitMs);
    const placed = catalog.find(name);
    if (trigger.type !== 'schedule') checkAccess(actor, placed.definition);
    const given = { payload, isJsonText, requestId, request, trigger, signal, hookDepth };
    const call = { actor, placed, depth: 0, ...given };
    return toResult(await caller.run(call), isFullAdmin(actor) || deps.isDebug, deps.root);
  }

  function drain(graceMs: number): Promise<void> {
    drained ??= loader.stop(graceMs);
    return drained;
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
    /** Deletes what the history has kept long enough; answers how many calls, never throws. */
    cleanUp: (signal: AbortSignal): Promise<number> =>
      cleanUpCalls({ store, clock, logger, days: settings.callRetentionDays, signal }),
    /** Finishes what runs, for as long as the grace lasts. */
    drain,
    /** The same, and writes the history. */
    async stop(graceMs: number = STOP_GRACE_MS): Promise<void> {
      await drain(graceMs);
      await history.close();
    },
    reload: (): Promise<void> => loader.reload(),
    /** The entry modules of extensions that register functions; loads them, and all others, anew. */
    setExtensions: (entries: readonly string[]): Promise<void> => loader.setExtensions(entries),
    isReady: (): boolean => loader.isReady,

    call(actor: Actor, name: string, payload: unknown, options: CallOptions): Promise<CallResult> {
      const call = () => run(actor, name, payload, options);
      return options.trigger?.type === 'schedule' ? call() : limit.run(actor, call);
    },

    /** Runs a function for the scheduler; the history has its row already. */
    runScheduled,
    /** What is wrong with a payload; the function is not called. */
    async checkInput(name: string, payload: unknown): Promise<InputCheck> {
      if (!loader.isReady) await loader.whenReady(maxWaitMs);
      return checkInput(loader.functions, name, payload, {
        timeoutMs: maxWaitMs,
        now: clock.now(),
        newId: deps.newId,
      });
    },

    /**
     * Whether a function takes the body as bytes, of any content type; refuses who may not call it.
     * Asked before the body is read. No promise once the functions are there: every call passes here.
     */
    takesRawBody(actor: Actor, name: string): boolean | Promise<boolean> {
      const answer = () => {
        const { definition } = catalog.find(name);
        checkAccess(actor, definition);
        return definition.raw_body;
      };
      return loader.isReady ? answer() : loader.whenReady(maxWaitMs).then(answer);
    },

    version: (): number => loader.version,
    /** Calls that run or wait. */
    callCount(): number {
      const pools = new Set([...loader.functions.values()].map(({ pool }) => pool));
      return [...pools].reduce((sum, { callCount }) => sum + callCount, 0);
    },
    openApi: catalog.openApi,
    list: catalog.list,
    schema: catalog.schema,
    adminList: catalog.adminList,
    loadErrors: catalog.loadErrors,
    source: catalog.source,

    async listCalls(filter: CallFilter, window: PageWindow): Promise<FunctionCallPage> {
      return history.list(inUtc(filter), window);
    },
    async callHistogram(filter: CallFilter): Promise<FunctionCallHistogram> {
      await history.flushForReader();
      return readHistogram({ store, clock }, inUtc(filter));
    },
    async getCall(id: string): Promise<FunctionCall> {
      const call = await history.find(id);
      if (!call) throw new AppError('not_found', `There is no function call ${id}.`);
      return call;
    },
    async metrics(range: TimeRange): Promise<FunctionMetrics> {
      await history.flushForReader();
      return readMetrics({ store, clock, names: () => loader.functions.keys() }, range);
    },
  };
}
export type FunctionService = ReturnType<typeof createFunctionService>;

/** Times as they are stored. */
function inUtc(filter: CallFilter): CallFilter {
  return {
    ...filter,
    started_after: toUtc('started_after', filter.started_after),
    started_before: toUtc('started_before', filter.started_before),
  };
}
