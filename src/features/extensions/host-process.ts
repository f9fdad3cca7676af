import { readOutput } from '../../core/child-output.ts';
import type { Logger } from '../../core/logger.ts';
import { type OwnProcess, ownCommand, spawnOwnProcess } from '../../core/own-process.ts';
import {
  type AskOrigin,
  HOST_PROTOCOL_VERSION,
  type HookName,
  type HostAnswer,
  type HostedExtension,
  type HostedReport,
  type RunOutcome,
  readHostAnswer,
  type ToHost,
  writeHostFrame,
} from '../../protocol/extensions.ts';
import type { AskError } from '../../protocol/messages.ts';

const TICK_MS = 250;
/** A tick that comes later than this says that the server itself was busy, so silence proves nothing. */
const LATE_TICK_MS = 500;
/** A host without runs is looked at so often. */
const QUIET_TICK_MS = 1_000;
/** A host that leaves a ping unanswered for this long is held up by one of its handlers, and ended. */
const SILENT_MS = 2_000;
/** For one extension. */
const LOAD_MS = 10_000;
/** What the program itself and its runtime read before the environment has come. */
const STARTING_ENV = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'SystemRoot',
];

/** An event for one extension. */
export interface RunRequest {
  readonly extension: string;
  readonly hook: HookName;
  readonly key: string | null;
  readonly origin: AskOrigin;
  /** JSON text. */
  readonly event: string;
}

/** How a run ended for the server. */
export type RunEnd =
  | RunOutcome
  /** The process ended under it. `isOwnDoing`: it was this run, as far as can be told. */
  | {
      readonly status: 'lost';
      readonly hasStarted: boolean;
      readonly isOwnDoing: boolean;
      readonly how: string;
    };

interface Run {
  readonly id: number;
  readonly request: RunRequest;
  readonly onEnd: (end: RunEnd) => void;
  hasStarted: boolean;
}

export type AskAnswer = { readonly json: string } | { readonly error: AskError };

export interface HostProcessOptions {
  readonly extensions: readonly HostedExtension[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly onLoaded: (reports: readonly HostedReport[]) => void;
  readonly onStray: (fault: Omit<HostAnswer<'stray'>, 'kind'>) => void;
  readonly ask: (ask: Pick<HostAnswer<'ask'>, 'name' | 'body' | 'origin'>) => Promise<AskAnswer>;
  /** Comes once, last. */
  readonly onExit: (exit: HostExit) => void;
}

export interface HostExit {
  readonly how: string;
  /** The extension that it was at, or that ended it, as far as can be told. */
  readonly culprit: string | undefined;
  /** What it was handling then. */
  readonly hook: HookName | undefined;
  readonly hasLoaded: boolean;
}

export interface HostProcess {
  readonly pid: number;
  /** Answers how to give up on it: its end is then told to nobody. */
  run(request: RunRequest, onEnd: (end: RunEnd) => void): () => void;
  /** Ends it on purpose: nobody is to blame for the runs that are lost. */
  stop(): void;
}

/** One process that holds all extensions, and the events that they are at. */
export function startHostProcess(options: HostProcessOptions): HostProcess {
  const { extensions, env, logger } = options;
  const runs = new Map<number, Run>();
  let nextId = 1;
  let hasLoaded = false;
  let hasEnded = false;
  let loading: string | undefined;
  let progressAt = performance.now();
  let pingedAt: number | undefined;
  let pings = 0;
  let lookedAt = 0;
  let lastTick = performance.now();
  /** The run that began last, while nothing else was heard since: what holds up the process. */
  let lastStarted: Run | undefined;
  let exiting: HostAnswer<'exiting'> | undefined;
  let killedFor: string | undefined;
  let isStopped = false;

  const child: OwnProcess = spawnOwnProcess({
    command: ownCommand('__extensions'),
    env: startingEnv(env),
    onFrame(frame) {
      const message = readHostAnswer(frame);
      if (message && !hasEnded) receive(message);
    },
    onExit: (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`),
  });
  for (const stream of child.outputs)
    void readOutput(stream, (line) => logger.info(line, { extension_host: child.pid }));
  const send = (message: ToHost) => child.send(writeHostFrame(message));
  const tick = setInterval(look, TICK_MS);
  send({
    kind: 'load',
    version: HOST_PROTOCOL_VERSION,
    env: Object.fromEntries(
      Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
    extensions,
  });

  function receive(message: NonNullable<ReturnType<typeof readHostAnswer>>): void {
    lastStarted = undefined;
    switch (message.kind) {
      case 'loading':
        loading = message.name;
        progressAt = performance.now();
        break;
      case 'loaded':
        if (message.version !== HOST_PROTOCOL_VERSION) {
          killFor('it speaks another version of the protocol');
          break;
        }
        hasLoaded = true;
        loading = undefined;
        options.onLoaded(message.reports);
        break;
      case 'started': {
        const run = runs.get(message.id);
        if (run) run.hasStarted = true;
        lastStarted = run;
        break;
      }
      case 'done': {
        const run = runs.get(message.id);
        runs.delete(message.id);
        run?.onEnd(message.outcome);
        break;
      }
      case 'line':
        logger[message.level](message.text, { extension: message.extension });
        break;
      case 'ask':
        void answer(message);
        break;
      case 'stray':
        options.onStray(message);
        break;
      case 'exiting':
        exiting ??= message;
        break;
      case 'pong':
        if (message.n === pings) pingedAt = undefined;
        break;
      default:
        message satisfies never;
    }
  }

  async function answer({ ask, name, body, origin }: HostAnswer<'ask'>): Promise<void> {
    const given = await options.ask({ name, body, origin });
    if ('json' in given) send({ kind: 'reply', ask, json: given.json });
    else send({ kind: 'refusal', ask, error: given.error });
  }

  function look(): void {
    const now = performance.now();
    const isLate = now - lastTick > LATE_TICK_MS;
    lastTick = now;
    if (!hasLoaded) {
      if (!isLate && now - progressAt > LOAD_MS)
        killFor(`it did not finish loading within ${LOAD_MS / 1000} s`);
      return;
    }
    if (pingedAt !== undefined) {
      // What it said while the server was busy comes first.
      if (!isLate && now - pingedAt > SILENT_MS)
        killFor(`it held up the extensions' process for ${SILENT_MS / 1000} s`);
      return;
    }
    if (runs.size === 0 && now - lookedAt < QUIET_TICK_MS) return;
    lookedAt = now;
    pingedAt = now;
    send({ kind: 'ping', n: ++pings });
  }

  function killFor(reason: string): void {
    killedFor ??= reason;
    child.kill();
  }

  /** The run that ended the process, when that can be told. */
  function findCulprit(started: readonly Run[]): Run | undefined {
    if (exiting) return started.find(({ id }) => id === exiting?.id);
    if (isStopped) return undefined;
    if (killedFor !== undefined && lastStarted) return lastStarted;
    return started.length === 1 ? started[0] : undefined;
  }

  function end(exit: string): void {
    if (hasEnded) return;
    hasEnded = true;
    clearInterval(tick);
    const how = killedFor ?? exit;
    const all = [...runs.values()];
    const started = all.filter(({ hasStarted }) => hasStarted);
    const culprit = findCulprit(started);
    runs.clear();
    options.onExit({
      how,
      culprit: loading ?? culprit?.request.extension ?? exiting?.extension ?? undefined,
      hook: culprit?.request.hook,
      hasLoaded,
    });
    // When nobody knows who it was, it may have been any that ran.
    const isKnown = isStopped || culprit !== undefined || typeof exiting?.extension === 'string';
    for (const run of all) {
      const { hasStarted } = run;
      const isOwnDoing = run === culprit || (hasStarted && !isKnown);
      run.onEnd({ status: 'lost', hasStarted, isOwnDoing, how });
    }
  }

  return {
    pid: child.pid,
    run(request, onEnd) {
      const run: Run = { id: nextId++, request, onEnd, hasStarted: false };
      runs.set(run.id, run);
      send({ kind: 'run', id: run.id, ...request });
      return () => void runs.delete(run.id);
    },
    stop() {
      isStopped = true;
      child.kill();
    },
  };
}

/** Others could read the environment of a process that starts: until it forbids that, it knows no secret. */
function startingEnv(env: HostProcessOptions['env']): Record<string, string> {
  return Object.fromEntries(
    STARTING_ENV.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
