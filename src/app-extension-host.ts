import { SYSTEM } from './core/actor.ts';
import { AppError } from './core/errors.ts';
import type { Hook } from './core/hooks.ts';
import type { Logger } from './core/logger.ts';
import type { Origin } from './core/origin.ts';
import type { UserEvent } from './features/auth/events.ts';
import { createExtensionHost, type ExtensionHost } from './features/extensions/host.ts';
import { createHostAsks } from './features/extensions/host-asks.ts';
import type { HookMemory } from './features/extensions/host-life.ts';
import type { AskAnswer } from './features/extensions/host-process.ts';
import type { ExtensionFault } from './features/extensions/installed.ts';
import { createRecordHooks } from './features/extensions/record-hooks.ts';
import type { FunctionCallEvent, FunctionCompleteEvent } from './features/functions/events.ts';
import { createCallDb } from './features/functions/record-db.ts';
import type { FunctionService } from './features/functions/service.ts';
import type { RecordService } from './features/records/service.ts';

export interface ExtensionHostParts {
  readonly memory: HookMemory;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly onError: (fault: ExtensionFault) => void;
  readonly onCrash: ((signal: string) => void) | undefined;
  /** Asked for later: they are made of what the host looks at. */
  readonly records: () => RecordService;
  readonly functions: () => Pick<FunctionService, 'call' | 'setExtensions'>;
}

/** What runs the extensions, and how it sees the writes of records. */
export function openExtensionHost(parts: ExtensionHostParts) {
  const { logger, newId } = parts;
  const host = createExtensionHost({
    logger,
    memory: parts.memory,
    onError: parts.onError,
    onCrash: parts.onCrash,
    ask: createHostAsks({
      logger,
      async db(request, origin) {
        const { requestId } = origin;
        const info = { caller: SYSTEM, call_id: '', request_id: requestId ?? '', origin };
        return (await createCallDb(parts.records())(SYSTEM, request, info)).json;
      },
      async callFunction(name, payload, origin) {
        const result = await parts.functions().call(SYSTEM, name, payload, {
          requestId: origin.requestId ?? newId(),
          request: null,
          hookDepth: origin.depth,
        });
        return toAnswer(name, result);
      },
    }),
    onFunctions: (entries) => void parts.functions().setExtensions(entries),
  });
  return { host, recordHooks: createRecordHooks(host) };
}

function toAnswer(name: string, result: Awaited<ReturnType<FunctionService['call']>>): AskAnswer {
  switch (result.status) {
    case 'succeeded':
      return { json: result.json };
    case 'answered':
      throw new AppError(
        'conflict',
        `${name} returned an HttpAnswer, which only a caller over HTTP can be given.`,
      );
    case 'failed': {
      const { error: message, errorType, stack, httpStatus, data } = result;
      const failure = {
        status: 'failed',
        error_type: errorType,
        message,
        stack,
        http_status: httpStatus,
        data,
      } as const;
      return { error: { code: 'function_failed', message, faults: null, failure } };
    }
    default:
      return result satisfies never;
  }
}

interface HookSources {
  readonly onLogin: Hook<UserEvent>;
  readonly onRegister: Hook<UserEvent>;
  readonly onCall: Hook<FunctionCallEvent>;
  readonly onComplete: Hook<FunctionCompleteEvent>;
}

/** Tells extensions of sign-ins and calls. */
export function tellExtensions(host: ExtensionHost, sources: HookSources): void {
  const tellUser = (hook: 'on_user_login' | 'on_user_register') => (event: UserEvent) => {
    const { id, email, is_admin } = event;
    const origin: Origin = { userId: id, requestId: null, depth: 0 };
    host.emit(hook, null, origin, () => JSON.stringify({ id, email, is_admin }));
  };
  sources.onLogin.on(tellUser('on_user_login'));
  sources.onRegister.on(tellUser('on_user_register'));
  sources.onCall.on((event) => {
    const { name, call_id, user_id } = event;
    // Its payload is parsed only when somebody wants it.
    host.emit('on_function_call', name, originOfCall(event), () =>
      JSON.stringify({ name, call_id, user_id, payload: event.payload }),
    );
  });
  sources.onComplete.on((event) => {
    const { name, call_id, user_id, status, duration_ms, error_type } = event;
    host.emit('on_function_complete', name, originOfCall(event), () =>
      JSON.stringify({ name, call_id, user_id, status, duration_ms, error_type }),
    );
  });
}

function originOfCall({
  user_id,
  request_id,
  hook_depth,
}: FunctionCallEvent | FunctionCompleteEvent) {
  return { userId: user_id, requestId: request_id, depth: hook_depth };
}
