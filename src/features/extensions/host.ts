import type { Logger } from '../../core/logger.ts';
import type { Origin } from '../../core/origin.ts';
import {
  type BeforeHook,
  type HookName,
  MAX_HOOK_DEPTH,
  type OnHook,
} from '../../protocol/extensions.ts';
import { createBeforeHooks } from './before-hooks.ts';
import { createEventFeed } from './event-feed.ts';
import { namesOfHooks } from './hook-table.ts';
import { createHostLife, type HookMemory } from './host-life.ts';
import type { HostProcessOptions } from './host-process.ts';
import type {
  EnabledExtension,
  ExtensionFault,
  ExtensionRunner,
  ExtensionStatus,
} from './installed.ts';

export interface ExtensionHostDeps {
  readonly logger: Logger;
  readonly memory: HookMemory;
  readonly onError: (fault: ExtensionFault) => void;
  /** Told when a fault of the engine ended the process, by its signal. */
  readonly onCrash?: ((signal: string) => void) | undefined;
  /** Serves ctx.db and ctx.functions. */
  readonly ask: HostProcessOptions['ask'];
  /** Told after each load which extensions register functions, by their entry modules. */
  readonly onFunctions: (entries: readonly string[]) => void;
  /** That of this process when left out. */
  readonly env?: HostProcessOptions['env'];
  /** All before-hooks of a write have so long; 5 s when left out. */
  readonly beforeTimeoutMs?: number;
  /** The handlers of an extension have so long for any other event; 30 s when left out. */
  readonly onTimeoutMs?: number;
}

export type ExtensionHost = ReturnType<typeof createExtensionHost>;

const SHUTDOWN_MS = 5_000;
/** Requests may have used up the time that a stop may take. */
const MIN_SHUTDOWN_MS = 1_000;

/** Runs the extensions, in one process, and brings them what they want to hear of. */
export function createExtensionHost(deps: ExtensionHostDeps) {
  const { logger } = deps;
  let turn: Promise<void> = Promise.resolve();
  let isClosing = false;

  const life = createHostLife({
    logger,
    memory: deps.memory,
    env: deps.env ?? process.env,
    ask: deps.ask,
    report,
    onCrash: deps.onCrash,
    onFunctions: deps.onFunctions,
    onRunning(extensions) {
      for (const { name, version } of extensions) feed.start(name, { name, version });
      feed.pump();
    },
    // What waits is for nobody any more.
    onStopped: () => feed.pump(),
  });
  const isRunnable = (name: string) => !life.failures.has(name);
  const feed = createEventFeed({
    timeoutMs: deps.onTimeoutMs ?? 30_000,
    logger,
    isWanted: (extension, hook, key) =>
      isRunnable(extension) && life.table.find(hook, key).includes(extension),
    run: (request, onEnd) => life.child?.run(request, onEnd),
    report,
  });
  const before = createBeforeHooks({
    life,
    logger,
    report,
    timeoutMs: deps.beforeTimeoutMs ?? 5_000,
    isClosing: () => isClosing,
  });

  function report(fault: ExtensionFault): void {
    const { extension, event, message, stack } = fault;
    logger.error(`Extension ${extension}: ${event} failed: ${message}`, stack ? { stack } : {});
    deps.onError(fault);
  }

  /** Lets the handlers end, calls on_shutdown, ends the process. */
  async function endProcess(msLeft: number): Promise<void> {
    if (life.phase === 'running') {
      const graceMs = Math.max(MIN_SHUTDOWN_MS, Math.min(SHUTDOWN_MS, msLeft));
      const deadline = performance.now() + graceMs;
      await feed.drain(deadline);
      await Promise.all(
        life
          .runnable()
          .map(({ name, version }) => feed.shutDown(name, { name, version }, deadline)),
      );
    }
    life.end();
  }

  async function restartNow(next: readonly EnabledExtension[]): Promise<void> {
    if (isClosing) return;
    await endProcess(SHUTDOWN_MS);
    if (isClosing) return;
    feed.become(next.map(({ name }) => name).sort());
    life.begin(next);
    await life.whenSettled();
  }

  return {
    restart(next: readonly EnabledExtension[]): Promise<void> {
      turn = turn.then(() => restartNow(next));
      return turn;
    },

    async stop(msLeft: number): Promise<void> {
      isClosing = true;
      // What is still loading may take for ever.
      if (life.phase === 'starting') life.close();
      await turn;
      await endProcess(msLeft);
      feed.become([]);
      life.close();
    },

    status(name: string): ExtensionStatus {
      const error = life.failures.get(name) ?? null;
      const state = !life.isKnown(name) ? 'stopped' : error === null ? life.phase : 'failed';
      return { state, error, hooks: namesOfHooks(life.hooksOf(name)) };
    },

    /** Whether somebody wants to see such writes first. Asked with every write. */
    hasBefore: (hook: BeforeHook, collection: string): boolean =>
      life.table.has(hook, collection) || life.unsure().length > 0,

    /** The data as the hooks leave it, JSON text. Throws HookRefusal, or AppError when there is no answer. */
    before,

    /** Whether somebody wants to hear of this once it is done. */
    hasAfter: (hook: HookName, key: string | null): boolean =>
      life.phase !== 'stopped' && (life.table.has(hook, key) || life.unsure().length > 0),

    /** Tells those who want to hear of it, later and in order. Never throws, never waits. */
    emit(hook: OnHook, key: string | null, origin: Origin, toEvent: () => string): void {
      if (life.phase === 'stopped') return;
      const targets = [...life.table.find(hook, key).filter(isRunnable), ...life.unsure()];
      if (targets.length > 0) feed.emit(targets, { hook, key, event: toEvent() }, origin);
    },

    /** Waits until those who want to hear of things can take some more. */
    room: feed.room,

    /** False: there is nobody to be told of anything. */
    isAlive: (): boolean => life.phase !== 'stopped',

    isTooDeep: ({ depth }: Origin): boolean => depth >= MAX_HOOK_DEPTH,
  } satisfies ExtensionRunner & Record<string, unknown>;
}
