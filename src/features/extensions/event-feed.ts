import type { Logger } from '../../core/logger.ts';
import type { Origin } from '../../core/origin.ts';
import type { OnHook } from '../../protocol/extensions.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import type { RunEnd, RunRequest } from './host-process.ts';
import type { ExtensionFault } from './installed.ts';

export interface EventFeedDeps {
  /** How long the handlers of one extension may take for one event. */
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Whether the extension wants it, now that its hooks are known. */
  readonly isWanted: (extension: string, hook: OnHook, key: string | null) => boolean;
  /** Undefined: nothing runs at the moment. */
  readonly run: (request: RunRequest, onEnd: (end: RunEnd) => void) => (() => void) | undefined;
  readonly report: (fault: ExtensionFault) => void;
}

/** Brings events to extensions: to each in order, one at a time, and to none at the cost of another. */
export interface EventFeed {
  /** From now on there are these; what waits for others is dropped. */
  become(extensions: readonly string[]): void;
  /** Its own on_startup, before all that waits. */
  start(extension: string, event: object): void;
  emit(
    extensions: readonly string[],
    event: Omit<RunRequest, 'extension' | 'origin'>,
    origin: Origin,
  ): void;
  pump(): void;
  /** Waits until every queue has a good deal of room. */
  room(): Promise<void>;
  /** Waits until nothing is left, or the time is up. */
  drain(deadline: number): Promise<void>;
  /** Its own on_shutdown; what waits then stays. */
  shutDown(extension: string, event: object, deadline: number): Promise<void>;
}

interface Lane {
  readonly extension: string;
  readonly queue: EventQueue;
  isRunning: boolean;
  isWarned: boolean;
}

const NOBODY: Origin = { userId: null, requestId: null, depth: 0 };
/** Dropped events are told of together. */
/** How often those who have very many look whether there is room. */
const ROOM_MS = 10;
const TELL_DROPPED_MS = 1_000;

export function createEventFeed({
  timeoutMs,
  logger,
  isWanted,
  run,
  report,
}: EventFeedDeps): EventFeed {
  let lanes = new Map<string, Lane>();
  let onIdle: (() => void) | undefined;

  const isIdle = () =>
    [...lanes.values()].every(({ queue, isRunning }) => !isRunning && queue.size === 0);

  function next(lane: Lane): void {
    while (!lane.isRunning && lanes.get(lane.extension) === lane) {
      const request = lane.queue.shift();
      if (!request) break;
      if (!isWanted(lane.extension, request.hook as OnHook, request.key)) continue;
      if (!take(lane, request)) {
        lane.queue.pushFirst(request);
        return;
      }
    }
    if (onIdle && isIdle()) onIdle();
  }

  /** False when nothing runs. */
  function take(lane: Lane, request: RunRequest, onEnd?: () => void): boolean {
    let timer: Timer | undefined;
    const finish = () => {
      clearTimeout(timer);
      lane.isRunning = false;
      onEnd?.();
      next(lane);
    };
    const fail = (message: string, stack: string | null = null) =>
      report({ extension: lane.extension, event: request.hook, message, stack });
    const forget = run(request, (end) => {
      if (end.status === 'done') for (const { message, stack } of end.faults) fail(message, stack);
      else if (end.status === 'refused') fail(end.message, end.stack);
      else if (!end.hasStarted) lane.queue.pushFirst(request);
      // Of the one that ended the process the host tells itself.
      else if (!end.isOwnDoing)
        fail(`It was cut off: the process of the extensions ended (${end.how}).`);
      finish();
    });
    if (!forget) return false;
    lane.isRunning = true;
    timer = setTimeout(() => {
      forget();
      fail(`It did not end within ${timeoutMs / 1000} s; what it does after that counts no more.`);
      finish();
    }, timeoutMs);
    return true;
  }

  function noteDropped(lane: Lane): void {
    if (lane.isWarned) return;
    lane.isWarned = true;
    setTimeout(() => {
      lane.isWarned = false;
      const { extension } = lane;
      const count = lane.queue.takeDropped();
      const message = `${count} events were dropped: more came than its handlers can take.`;
      logger.warning(`Extension ${extension}: ${message}`);
      report({ extension, event: 'queue', message, stack: null });
    }, TELL_DROPPED_MS).unref();
  }

  const toOrigin = (extension: string, { userId, requestId, depth }: Origin) => ({
    extension,
    userId,
    requestId,
    depth: depth + 1,
  });

  function ownEvent(extension: string, hook: OnHook, event: object): RunRequest {
    const origin = toOrigin(extension, NOBODY);
    return { extension, hook, key: null, origin, event: JSON.stringify(event) };
  }

  return {
    become(extensions) {
      lanes = new Map(
        extensions.map((extension) => [
          extension,
          lanes.get(extension) ?? {
            extension,
            queue: createEventQueue(),
            isRunning: false,
            isWarned: false,
          },
        ]),
      );
    },

    start(extension, event) {
      const lane = lanes.get(extension);
      lane?.queue.pushFirst(ownEvent(extension, 'on_startup', event));
    },

    emit(extensions, event, origin) {
      for (const extension of extensions) {
        const lane = lanes.get(extension);
        if (!lane) continue;
        const request = { ...event, extension, origin: toOrigin(extension, origin) };
        if (!lane.queue.push(request)) noteDropped(lane);
        else if (!lane.isRunning) next(lane);
      }
    },

    pump() {
      for (const lane of lanes.values()) next(lane);
    },

    async room() {
      while ([...lanes.values()].some(({ queue }) => queue.isHalfFull)) await Bun.sleep(ROOM_MS);
    },

    async drain(deadline) {
      if (isIdle()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
      await promise;
      clearTimeout(timer);
      onIdle = undefined;
    },

    shutDown(extension, event, deadline) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const lane = { extension, queue: createEventQueue(), isRunning: false, isWarned: false };
      if (!take(lane, ownEvent(extension, 'on_shutdown', event), resolve)) return Promise.resolve();
      const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
      return promise.finally(() => clearTimeout(timer));
    },
  };
}
