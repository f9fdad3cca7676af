import type { Logger } from '../../core/logger.ts';
import type { HostedReport } from '../../protocol/extensions.ts';
import { createHookTable, type HookLists, type HookTable } from './hook-table.ts';
import {
  type HostExit,
  type HostProcess,
  type HostProcessOptions,
  startHostProcess,
} from './host-process.ts';
import type { EnabledExtension, ExtensionFault } from './installed.ts';

/** Which hooks each extension had when it was loaded last: one that fails later must not open what it guarded. */
export interface HookMemory {
  read(): HookLists;
  write(lists: HookLists): Promise<void>;
}

export interface HostLifeDeps {
  readonly logger: Logger;
  readonly memory: HookMemory;
  readonly env: HostProcessOptions['env'];
  readonly ask: HostProcessOptions['ask'];
  readonly report: (fault: ExtensionFault) => void;
  /** Told when a fault of the engine ended the process, by its signal. */
  readonly onCrash: ((signal: string) => void) | undefined;
  /** Told after each load which extensions register functions, by their entry modules. */
  readonly onFunctions: (entries: readonly string[]) => void;
  /** These run now. */
  readonly onRunning: (extensions: readonly EnabledExtension[]) => void;
  /** Nobody is left who could run. */
  readonly onStopped: () => void;
}

export type HostLife = ReturnType<typeof createHostLife>;

const MIN_RESTART_MS = 50;
const MAX_RESTART_MS = 30_000;
/** After an event that ended it: the next write waits so long at most, and is no worse for it. */
const MAX_RESTART_AFTER_EVENT_MS = 1_000;
/** A host that lives for so long counts as one that works. */
const SETTLED_MS = 10_000;
/** An extension that ended the host so often by itself, without it having settled, is left out. */
const MAX_CRASHES = 3;
/** The same when nobody knows which it was: then all are. */
const MAX_UNKNOWN_CRASHES = 10;
/** How a program ends of a fault in it; JavaScript cannot do that to itself by mistake. */
const FAULT = /^signal (SIGSEGV|SIGBUS|SIGILL|SIGFPE|SIGTRAP|SIGABRT)$/;

/** Keeps the one process of the extensions alive, and knows what it runs. */
export function createHostLife(deps: HostLifeDeps) {
  const { logger, memory, report } = deps;
  let extensions: readonly EnabledExtension[] = [];
  /** Hooks as they were when loaded last, in this run of the server or in one before. */
  let known: HookLists = {};
  let table: HookTable = createHookTable({});
  /** Why an extension does not run. */
  const failures = new Map<string, string>();
  const crashes = new Map<string, number>();
  let crashesInARow = 0;
  /** Those that were told to register functions. */
  let toldFunctions: string | undefined;
  let child: HostProcess | undefined;
  let phase: 'stopped' | 'starting' | 'running' = 'stopped';
  let settled = Promise.withResolvers<void>();
  let restartTimer: Timer | undefined;
  let settledTimer: Timer | undefined;

  function become(next: typeof phase): void {
    if (next === 'starting' && phase !== 'starting') settled = Promise.withResolvers();
    phase = next;
    if (next !== 'starting') settled.resolve();
  }

  /** Those that are to run and have not failed. */
  const runnable = () => extensions.filter(({ name }) => !failures.has(name));

  function start(): void {
    const hosted = runnable();
    if (hosted.length === 0) {
      tellFunctions([]);
      become('stopped');
      deps.onStopped();
      return;
    }
    become('starting');
    try {
      const started: HostProcess = startHostProcess({
        extensions: hosted,
        env: deps.env,
        logger,
        ask: deps.ask,
        // One that was ended may have said so just before: that tells nothing of the next.
        onLoaded(reports) {
          if (child === started) onLoaded(reports);
        },
        onStray({ extension, message, stack }) {
          if (extension === null) logger.error(`Extensions: ${message}`, stack ? { stack } : {});
          else report({ extension, event: 'uncaught', message, stack });
        },
        onExit(exit) {
          if (child === started) onExit(exit);
        },
      });
      child = started;
    } catch (error) {
      logger.error('The process of the extensions cannot be started', { error });
      crashesInARow++;
      restartLater();
    }
  }

  function onLoaded(reports: readonly HostedReport[]): void {
    const loaded = reports.filter(({ error }) => error === null);
    for (const { name, error, stack } of reports) {
      if (error === null) continue;
      failures.set(name, error);
      report({ extension: name, event: 'load', message: error, stack });
    }
    remember(loaded);
    become('running');
    settledTimer = setTimeout(() => {
      crashes.clear();
      crashesInARow = 0;
    }, SETTLED_MS);
    settledTimer.unref();
    tellFunctions(loaded.filter(({ hasFunctions }) => hasFunctions).map(({ name }) => name));
    const names = loaded.map(({ name }) => name);
    logger.info(`Extensions: ${names.length} running`, { extensions: names });
    deps.onRunning(runnable());
  }

  /** A process that is started anew after a crash has the same code. */
  function tellFunctions(names: readonly string[]): void {
    const told = names.join();
    if (told === toldFunctions) return;
    toldFunctions = told;
    deps.onFunctions(
      extensions.filter(({ name }) => names.includes(name)).map(({ entry }) => entry),
    );
  }

  function remember(loaded: readonly HostedReport[]): void {
    know({ ...known, ...Object.fromEntries(loaded.map(({ name, hooks }) => [name, hooks])) });
    if (JSON.stringify(known) === JSON.stringify(memory.read())) return;
    memory
      .write(known)
      .catch((error: unknown) =>
        logger.error('The hooks of extensions cannot be noted', { error }),
      );
  }

  /** Of those that are to run. */
  function know(lists: HookLists): void {
    const names = new Set(extensions.map(({ name }) => name));
    known = Object.fromEntries(
      Object.entries(lists)
        .filter(([name]) => names.has(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    table = createHookTable(known);
  }

  function onExit(exit: HostExit): void {
    const { how, culprit, hook } = exit;
    const fault = FAULT.exec(how)?.[1];
    if (fault !== undefined) deps.onCrash?.(fault);
    clearTimeout(settledTimer);
    child = undefined;
    become('starting');
    crashesInARow++;
    // An event does not come again, so that one is no reason to go without the extension.
    const isByEvent = hook !== undefined && hook !== 'on_startup';
    if (culprit !== undefined) blame(culprit, exit, isByEvent);
    else {
      logger.error(`The process of the extensions ended (${how})`);
      if (crashesInARow >= MAX_UNKNOWN_CRASHES)
        for (const { name } of runnable())
          giveUp(
            name,
            `The process of the extensions ended ${crashesInARow} times in a row (${how}).`,
          );
    }
    restartLater(isByEvent ? MAX_RESTART_AFTER_EVENT_MS : MAX_RESTART_MS);
  }

  function blame(culprit: string, { how, hasLoaded }: HostExit, isByEvent: boolean): void {
    const when = hasLoaded ? '' : ' while it was loaded';
    const message = `It ended the process of the extensions${when} (${how}).`;
    report({ extension: culprit, event: hasLoaded ? 'process' : 'load', message, stack: null });
    if (isByEvent) return;
    const count = (crashes.get(culprit) ?? 0) + 1;
    crashes.set(culprit, count);
    if (!hasLoaded) giveUp(culprit, message);
    else if (count >= MAX_CRASHES)
      giveUp(culprit, `${message} That was ${count} times in a row, so it was left out.`);
  }

  function giveUp(name: string, message: string): void {
    failures.set(name, message);
    logger.error(`Extension ${name} does not run: ${message}`);
  }

  function restartLater(maxMs = MAX_RESTART_MS): void {
    clearTimeout(restartTimer);
    const delayMs = crashesInARow <= 1 ? 0 : MIN_RESTART_MS * 2 ** (crashesInARow - 2);
    restartTimer = setTimeout(start, Math.min(delayMs, maxMs));
  }

  return {
    get phase() {
      return phase;
    },
    get child() {
      return phase === 'running' ? child : undefined;
    },
    get table() {
      return table;
    },
    failures: failures as ReadonlyMap<string, string>,
    runnable,
    hooksOf: (name: string) => known[name] ?? [],
    isKnown: (name: string) => extensions.some((one) => one.name === name),
    /** Those of which nobody knows yet what they want. */
    unsure: (): readonly string[] =>
      phase === 'starting'
        ? runnable().flatMap(({ name }) => (known[name] === undefined ? [name] : []))
        : [],
    /** When it runs, or does not and will not. */
    whenSettled: (): Promise<void> => settled.promise,

    /** In the place of those before, which have ended. */
    begin(next: readonly EnabledExtension[]): void {
      extensions = [...next].sort((a, b) => (a.name < b.name ? -1 : 1));
      failures.clear();
      for (const { name, problem } of extensions) if (problem !== null) failures.set(name, problem);
      crashes.clear();
      crashesInARow = 0;
      toldFunctions = undefined;
      know({ ...memory.read(), ...known });
      start();
    },

    /** Ends the process. What comes now waits for the next, or for close(). */
    end(): void {
      clearTimeout(restartTimer);
      clearTimeout(settledTimer);
      become('starting');
      const ending = child;
      child = undefined;
      ending?.stop();
    },

    close: () => become('stopped'),
  };
}
