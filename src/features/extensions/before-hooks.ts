import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Origin } from '../../core/origin.ts';
import type { BeforeHook } from '../../protocol/extensions.ts';
import type { HostLife } from './host-life.ts';
import type { HostProcess, RunEnd, RunRequest } from './host-process.ts';
import type { ExtensionFault } from './installed.ts';

/** What a before-hook is asked. */
export interface BeforeRequest {
  readonly hook: BeforeHook;
  readonly collection: string;
  /** Makes the event of the data as it is by then: each extension sees what the one before it left. */
  readonly toEvent: (data: string) => string;
  /** JSON text. */
  readonly data: string;
  readonly origin: Origin;
}

/** A handler refused, or failed. */
export class HookRefusal extends Error {
  /** Of a HookError; null for anything else that was thrown. */
  readonly status: number | null;
  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

export interface BeforeHooksDeps {
  readonly life: HostLife;
  readonly logger: Logger;
  readonly report: (fault: ExtensionFault) => void;
  /** All hooks of a write together have so long. */
  readonly timeoutMs: number;
  readonly isClosing: () => boolean;
}

/** How often a write is shown again when the process ended through no fault of its hook. */
const MAX_LOSSES = 2;
const WARN_EVERY_MS = 10_000;

/** Asks extensions about writes before they are done; answers the data as they leave it, JSON text. */
export function createBeforeHooks({ life, logger, report, timeoutMs, isClosing }: BeforeHooksDeps) {
  let warnedAt = Number.NEGATIVE_INFINITY;

  /** The process when it runs; what waits longer than a hook may take is refused. */
  async function whenRunning(deadline: number): Promise<HostProcess | undefined> {
    while (life.phase === 'starting' && !isClosing())
      await within(deadline, life.whenSettled(), notReady);
    return life.child;
  }

  function runOnce(process: HostProcess, request: RunRequest, deadline: number): Promise<RunEnd> {
    const { promise, resolve } = Promise.withResolvers<RunEnd>();
    const forget = process.run(request, resolve);
    return within(deadline, promise, () => {
      forget();
      report({
        extension: request.extension,
        event: request.hook,
        message: `There was no answer within ${timeoutMs / 1000} s; the write was refused.`,
        stack: null,
      });
      return noAnswer();
    });
  }

  /** Answers null when nothing was changed. */
  async function askOne(request: RunRequest, deadline: number): Promise<string | null> {
    const { extension, hook } = request;
    for (let losses = 0; losses <= MAX_LOSSES; losses++) {
      const process = await whenRunning(deadline);
      if (!process || life.failures.has(extension)) throw closed(extension);
      const end = await runOnce(process, request, deadline);
      switch (end.status) {
        case 'done':
          return end.data;
        case 'refused': {
          const { message, stack, httpStatus } = end;
          // A HookError is meant for the caller and is no fault of the extension.
          if (httpStatus === null) report({ extension, event: hook, message, stack });
          throw new HookRefusal(message, httpStatus);
        }
        case 'lost':
          if (end.isOwnDoing) throw noAnswer();
          break;
        default:
          end satisfies never;
      }
    }
    throw noAnswer();
  }

  /** What an extension guards stays shut while it does not run. The caller need not know which it is. */
  function closed(extension: string): AppError {
    const now = performance.now();
    if (!isClosing() && now - warnedAt > WARN_EVERY_MS) {
      warnedAt = now;
      logger.warning(
        `A write was refused: the extension ${extension} has a before-hook for it and does not run`,
      );
    }
    return noAnswer();
  }

  return async ({ hook, collection, origin, ...request }: BeforeRequest): Promise<string> => {
    const deadline = performance.now() + timeoutMs;
    await whenRunning(deadline);
    const { userId, requestId, depth } = origin;
    let { data } = request;
    for (const extension of life.table.find(hook, collection)) {
      const run = {
        extension,
        hook,
        key: collection,
        origin: { extension, userId, requestId, depth: depth + 1 },
        event: request.toEvent(data),
      };
      data = (await askOne(run, deadline)) ?? data;
    }
    return data;
  };
}

function within<T>(deadline: number, wait: Promise<T>, late: () => AppError): Promise<T> {
  let timer: Timer | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.max(0, deadline - performance.now()));
  });
  return Promise.race([wait, over]).finally(() => clearTimeout(timer));
}

function notReady(): AppError {
  return new AppError('unavailable', 'The extensions are starting. Try again shortly.', {
    retryAfterSeconds: 1,
  });
}

function noAnswer(): AppError {
  return new AppError(
    'unavailable',
    'This write cannot be checked at the moment, so nothing was written. Try again shortly.',
    { retryAfterSeconds: 1 },
  );
}
