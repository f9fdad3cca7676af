import { type Actor, ANONYMOUS, isAdmin, SYSTEM, userIdOf } from '../../core/actor.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { Hook } from '../../core/hooks.ts';
import type { Logger } from '../../core/logger.ts';
import type { Origin } from '../../core/origin.ts';
import { type DbRequest, parseDbRequest } from '../../protocol/db.ts';
import type {
  AnsweredCall,
  AskError,
  AskName,
  CallFailure,
  CallHeader,
  LineLevel,
  RequestInfo,
  TriggerType,
} from '../../protocol/messages.ts';
import { MAX_DEPTH, MAX_LINES } from '../../protocol/messages.ts';
import type { CallHistory } from './calls.ts';
import type { FunctionCallEvent, FunctionCompleteEvent } from './events.ts';
import type { AskAnswer, Job, LostCall, PoolOutcome } from './job.ts';
import type { FunctionLoader, PlacedFunction } from './loader.ts';
import type { FunctionCall } from './schema.ts';

const GONE = 'The caller has gone.';

/** JSON text, so that stored rows reach the function without being parsed in between. */
interface DbAnswer {
  readonly json: string;
}

interface DbCallInfo {
  /** Whoever called the function, whatever rights this request has. */
  readonly caller: Actor;
  readonly call_id: string;
  readonly request_id: string;
  /** What is written on behalf of the call is put down to this. */
  readonly origin: Origin;
}

/** Serves ctx.db. The actor is the one whose rights count: the caller's own, or full ones. */
export type CallDb = (actor: Actor, request: DbRequest, call: DbCallInfo) => Promise<DbAnswer>;

export interface CallerDeps {
  readonly loader: FunctionLoader;
  readonly history: CallHistory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly timeoutSeconds: number;
  readonly callDb: CallDb;
  readonly onCall: Hook<FunctionCallEvent>;
  readonly onComplete: Hook<FunctionCompleteEvent>;
}

export interface Call {
  readonly actor: Actor;
  readonly placed: PlacedFunction;
  readonly payload: unknown;
  /** The payload is JSON text, which its worker parses. */
  readonly isJsonText: boolean;
  readonly requestId: string;
  readonly request: RequestInfo | null;
  readonly trigger: { readonly type: TriggerType; readonly id: string | null };
  readonly signal?: AbortSignal | undefined;
  /** 0 for a call from outside. */
  readonly depth: number;
  /** How many hooks lie between what somebody did and this call. */
  readonly hookDepth: number;
  /** Its row is in the history already, and stays there whatever comes of it. */
  readonly noted?: { readonly callId: string; readonly onStarted: () => void } | undefined;
}

/** A call that has ended. What did not even begin is thrown as an AppError. */
export interface EndedCall {
  readonly callId: string;
  /** As the history has it. */
  readonly row: FunctionCall;
  readonly outcome:
    | { readonly status: 'succeeded'; readonly json: string }
    | AnsweredCall
    | CallFailure
    | LostCall;
  /** Console lines. */
  readonly logs: readonly string[];
}

/** Runs one call: its row in the history, its log lines, its questions, its end. */
export function createCaller(deps: CallerDeps) {
  const { history, clock, logger, newId } = deps;

  function run(call: Call): Promise<EndedCall> {
    const callId = call.noted?.callId ?? newId();
    const { definition, pool } = call.placed;
    const createdAt = toTimestamp(clock.now());
    const payload = toPayload(call);
    const logs: string[] = [];
    let row = newRow(callId, call, createdAt);
    let startedMs = 0;
    let children: AbortController | undefined;
    const ask: Job['ask'] = (name, body) => {
      if (name !== 'call_function') return answer(name, body, call, callId);
      children ??= new AbortController();
      return answer(name, body, { ...call, signal: children.signal }, callId);
    };

    return new Promise((resolve, reject) => {
      const event = {
        name: definition.name,
        call_id: callId,
        user_id: row.requested_by_user_id,
        request_id: call.requestId,
        hook_depth: call.hookDepth,
      };
      const job: Job = {
        header: toHeader(callId, call, clock.now()),
        payload,
        timeoutMs: (definition.timeout_seconds ?? deps.timeoutSeconds) * 1000,
        depth: call.depth,
        onStarted() {
          startedMs = performance.now();
          row = { ...row, started_at: toTimestamp(clock.now()) };
          history.note(row);
          call.noted?.onStarted();
          deps.onCall.emit({
            ...event,
            // Parsed for those who look at it only.
            get payload() {
              return toShown(call);
            },
          });
          // Told before it began, the worker knew nothing of the call yet.
          if (call.signal?.aborted) pool.abort(id, GONE);
        },
        onLine(level, text) {
          // The worker keeps to the bound; one that was tampered with is cut here.
          if (logs.length > MAX_LINES) return;
          logs.push(level === 'info' ? text : `${level}: ${text}`);
          logLine(level, text, { function: definition.name, call_id: callId });
        },
        ask,
        onEnd(outcome) {
          call.signal?.removeEventListener('abort', onAbort);
          // Nobody waits for their answers any more.
          children?.abort();
          if (outcome.status === 'invalid_input' || outcome.status === 'refused') {
            if (!call.noted) history.forget(callId);
            reject(call.signal?.aborted ? callerHasGone() : toRefusal(outcome));
            return;
          }
          const durationMs = performance.now() - startedMs;
          row = endRow(row, outcome, toTimestamp(clock.now()), durationMs);
          history.note(row);
          if (outcome.status === 'failed' || outcome.status === 'lost')
            logFailure(row, outcome, call.requestId);
          deps.onComplete.emit({
            ...event,
            status: row.status === 'failed' ? 'failed' : 'succeeded',
            duration_ms: row.duration_ms ?? 0,
            error_type: row.error_type,
          });
          resolve({ callId, row, outcome, logs });
        },
      };
      if (call.signal?.aborted) throw callerHasGone();
      const id = pool.run(job);
      const onAbort = () => {
        pool.abort(id, GONE);
        children?.abort();
      };
      call.signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function answer(
    name: AskName,
    body: string,
    call: Call,
    callId: string,
  ): Promise<AskAnswer> {
    try {
      const request: unknown = JSON.parse(body);
      return name === 'db'
        ? await answerDb(request, call, callId)
        : await answerCall(request, call, callId);
    } catch (error) {
      return { error: toAskError(error, logger) };
    }
  }

  async function answerDb(request: unknown, call: Call, callId: string): Promise<AskAnswer> {
    const parsed = parseDbRequest(request);
    if (typeof parsed === 'string')
      throw invalidInput([{ loc: ['body'], msg: parsed, type: 'value_error' }]);
    const caller = callerOf(call);
    const { requestId, hookDepth } = call;
    const origin = { userId: userIdOf(caller), requestId, depth: hookDepth };
    const info = { caller, call_id: callId, request_id: requestId, origin };
    return deps.callDb(parsed.as_caller ? info.caller : SYSTEM, parsed, info);
  }

  async function answerCall(request: unknown, call: Call, callId: string): Promise<AskAnswer> {
    const { name, payload } = request as { name?: unknown; payload?: unknown };
    const placed = typeof name === 'string' ? deps.loader.functions.get(name) : undefined;
    if (!placed) throw new AppError('not_found', `There is no function ${String(name)}.`);
    if (call.depth + 1 > MAX_DEPTH)
      throw new AppError('conflict', `Functions called each other ${MAX_DEPTH} deep: a circle?`);
    const { outcome } = await run({
      ...call,
      placed,
      payload,
      isJsonText: false,
      trigger: { type: call.trigger.type, id: callId },
      noted: undefined,
      depth: call.depth + 1,
    });
    if (outcome.status === 'succeeded') return { json: outcome.json };
    if (outcome.status === 'answered')
      throw new AppError(
        'conflict',
        `${name} returned an HttpAnswer, which only a caller over HTTP can be given.`,
      );
    const failure = outcome.status === 'failed' ? outcome : toFailure(outcome);
    const { message } = failure;
    return { error: { code: 'function_failed', message, faults: null, failure } };
  }

  function logLine(level: LineLevel, text: string, fields: Readonly<Record<string, string>>): void {
    logger[level](text, fields);
  }

  function logFailure(row: FunctionCall, outcome: CallFailure | LostCall, requestId: string): void {
    const stack = outcome.status === 'failed' ? outcome.stack : null;
    const isMeant = outcome.status === 'failed' && outcome.http_status !== null;
    logger[isMeant ? 'info' : 'warning'](
      `Function ${row.function_name} failed: ${outcome.message}`,
      {
        call_id: row.id,
        request_id: requestId,
        error_type: row.error_type,
        ...(stack && !isMeant ? { stack } : {}),
      },
    );
  }

  return { run };
}

function toPayload({ payload, isJsonText }: Call): string | Uint8Array | null {
  if (payload === undefined) return null;
  if (isJsonText && typeof payload === 'string') return payload;
  return payload instanceof Uint8Array ? payload : JSON.stringify(payload);
}

/** What hooks get of a payload: a value. Bytes are none, and text that is no JSON will be refused. */
function toShown({ payload, isJsonText }: Call): unknown {
  if (payload instanceof Uint8Array) return undefined;
  if (!isJsonText || typeof payload !== 'string') return payload;
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

/** Whose rights `as_caller` means. A schedule has no user, so it may what everybody may. */
function callerOf({ actor, trigger }: Call): Actor {
  return trigger.type === 'schedule' ? ANONYMOUS : actor;
}

function toHeader(callId: string, call: Call, now: number): CallHeader {
  const caller = callerOf(call);
  return {
    function_name: call.placed.definition.name,
    trigger_type: call.trigger.type,
    trigger_id: call.trigger.id,
    request_id: call.requestId,
    call_id: callId,
    user_id: userIdOf(caller),
    is_admin: isAdmin(caller),
    now,
    request: call.request,
  };
}

function newRow(id: string, call: Call, createdAt: string): FunctionCall {
  return {
    id,
    function_name: call.placed.definition.name,
    status: 'running',
    trigger_type: call.trigger.type,
    trigger_id: call.trigger.id,
    requested_by_user_id: userIdOf(callerOf(call)),
    started_at: null,
    finished_at: null,
    duration_ms: null,
    error_message: null,
    error_type: null,
    created_at: createdAt,
  };
}

function endRow(
  row: FunctionCall,
  outcome: EndedCall['outcome'],
  finishedAt: string,
  durationMs: number,
): FunctionCall {
  const isFailed = outcome.status === 'failed' || outcome.status === 'lost';
  return {
    ...row,
    status: isFailed ? 'failed' : 'succeeded',
    finished_at: finishedAt,
    duration_ms: row.started_at === null ? null : Math.round(durationMs),
    error_message: isFailed ? outcome.message : null,
    error_type: isFailed ? outcome.error_type : null,
  };
}

function toRefusal(
  outcome: Extract<PoolOutcome, { status: 'invalid_input' | 'refused' }>,
): AppError {
  return outcome.status === 'invalid_input'
    ? invalidInput(outcome.faults)
    : new AppError('unavailable', outcome.message, { retryAfterSeconds: 1 });
}

/** No fault of the server, which its log would call an error. */
function callerHasGone(): AppError {
  return new AppError('conflict', GONE);
}

function toFailure({ error_type, message }: LostCall): CallFailure {
  return { status: 'failed', error_type, message, stack: null, http_status: null, data: null };
}

function toAskError(error: unknown, logger: Logger): AskError {
  if (error instanceof AppError)
    return {
      code: error.code,
      message: error.message,
      faults: error.faults ?? null,
      failure: null,
    };
  logger.error('A question of a function broke the server', { error });
  const message = 'The server could not do this; its log says why.';
  return { code: 'internal', message, faults: null, failure: null };
}
