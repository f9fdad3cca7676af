import type { Logger } from '../../core/logger.ts';
import {
  type LoadFault,
  type LoadReport,
  PROTOCOL_VERSION,
  type ServerMessage,
  type ToServer,
} from '../../protocol/messages.ts';
import type { SpawnWorker } from './spawn-worker.ts';
import { WorkerProcess } from './worker-process.ts';

const TICK_MS = 100;
/** A tick that comes later than this says that the server itself was busy, so silence proves nothing. */
const LATE_TICK_MS = 175;
/** How long the neighbours of a call that ran out of time may go on in its worker. */
const RETIRE_MS = 5_000;
const MIN_START_DELAY_MS = 50;
const MAX_START_DELAY_MS = 5_000;
/** A worker that ends by itself sooner than this counts as one that did not start. */
const SETTLED_MS = 1_000;

export interface CrewOptions {
  readonly spawn: SpawnWorker;
  readonly env: Readonly<Record<string, string>>;
  /** Loaded by each worker, in this order. */
  readonly files: readonly string[];
  readonly workers: number;
  readonly memoryMb: number;
  /** For one file. */
  readonly loadTimeoutMs: number;
  readonly logger: Logger;
}

export interface CrewListener {
  /** A message about a call. */
  onMessage(worker: WorkerProcess, message: ToServer): void;
  onExit(worker: WorkerProcess, how: string): void;
  /** Ten times a second, while something holds its event loop. */
  onSilent(worker: WorkerProcess, now: number): void;
  onTick(now: number): void;
  /** A worker can take calls that could not before. */
  onFree(): void;
}

/** Keeps as many workers alive and ready as there should be. */
export class Crew {
  readonly workers = new Set<WorkerProcess>();
  readonly #options: CrewOptions;
  readonly #listener: CrewListener;
  /** Files that ended or stalled the first worker while it loaded them. */
  readonly #skipped = new Map<string, LoadFault>();
  #onReport: ((report: LoadReport) => void) | undefined;
  #wanted = 1;
  #hasLoaded = false;
  #isStopped = false;
  #failedStarts = 0;
  #restart: Timer | undefined;
  #tick: Timer | undefined;
  #lastTick = 0;

  constructor(options: CrewOptions, listener: CrewListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Starts one worker, and the others once that has loaded; answers what it found. */
  load(): Promise<LoadReport> {
    return new Promise((resolve) => {
      this.#onReport = resolve;
      this.#lastTick = performance.now();
      this.#tick = setInterval(() => this.#onTick(), TICK_MS);
      this.#ensure();
    });
  }

  /** No new call for this one; it ends with its last call, or when its time is up. */
  retire(worker: WorkerProcess): void {
    if (worker.state !== 'ready') return;
    worker.state = 'retiring';
    worker.retireBy = performance.now() + RETIRE_MS;
    if (worker.calls.size === 0 || worker.isSilent) worker.kill();
    this.#ensure();
  }

  /** Nothing new will come: the workers without a call end, the others when they have none left. */
  shrink(): void {
    this.#wanted = 1;
    for (const _ of [...this.workers]) this.#ensure();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#tick);
    clearTimeout(this.#restart);
    for (const worker of this.workers) worker.kill();
  }

  #start(): void {
    const { files, logger, ...rest } = this.#options;
    try {
      const worker = new WorkerProcess({
        ...rest,
        logger,
        files: files.filter((file) => !this.#skipped.has(file)),
        onMessage: (sender, message) => this.#onMessage(sender, message),
        onExit: (ended, how) => this.#onExit(ended, how),
      });
      this.workers.add(worker);
    } catch (error) {
      logger.error('No worker process can be started', { error });
      this.#failedStarts++;
      this.#ensure();
    }
  }

  /** Brings the number of workers that take calls to what it should be. */
  #ensure(): void {
    if (this.#isStopped || this.#restart) return;
    let active = 0;
    for (const { state, isSilent } of this.workers)
      if (state === 'loading' || (state === 'ready' && !isSilent)) active++;
    while (active < this.#wanted) {
      if (this.workers.size >= this.#options.workers * 2) {
        // Its exit comes back here.
        [...this.workers].find(({ state }) => state === 'retiring')?.kill();
        return;
      }
      if (this.#failedStarts > 0) {
        const delayMs = MIN_START_DELAY_MS * 2 ** (this.#failedStarts - 1);
        this.#restart = setTimeout(
          () => {
            this.#restart = undefined;
            this.#start();
          },
          Math.min(delayMs, MAX_START_DELAY_MS),
        );
        return;
      }
      this.#start();
      active++;
    }
    if (active > this.#wanted) this.#stopIdle();
  }

  /** A silent worker that came back has been replaced meanwhile. */
  #stopIdle(): void {
    for (const worker of this.workers)
      if (worker.state === 'ready' && worker.calls.size === 0) {
        this.retire(worker);
        return;
      }
  }

  #onTick(): void {
    const now = performance.now();
    const isLate = now - this.#lastTick > LATE_TICK_MS;
    this.#lastTick = now;
    for (const worker of this.workers) {
      if (worker.state === 'loading') {
        if (now - worker.progressAt > this.#options.loadTimeoutMs) worker.kill();
        continue;
      }
      if (now - worker.readyAt > SETTLED_MS && worker.state === 'ready') this.#failedStarts = 0;
      if (worker.calls.size > 0) worker.check(now, isLate);
      if (worker.isSilent) {
        this.#listener.onSilent(worker, now);
        this.#ensure();
      }
      if (worker.state === 'retiring' && (worker.isSilent || now > worker.retireBy)) worker.kill();
    }
    this.#listener.onTick(now);
  }

  #onExit(worker: WorkerProcess, how: string): void {
    this.workers.delete(worker);
    const hadCalls = worker.calls.size > 0;
    this.#listener.onExit(worker, how);
    if (this.#isStopped) return;
    if (!worker.hasLoaded) this.#onLoadFailed(worker, how);
    else if (!hadCalls && !worker.wasKilled) {
      this.#options.logger.warning('A worker ended while it had no call', { how });
      if (performance.now() - worker.readyAt < SETTLED_MS) this.#failedStarts++;
    }
    this.#ensure();
  }

  #onLoadFailed(worker: WorkerProcess, how: string): void {
    const { logger, loadTimeoutMs } = this.#options;
    const file = worker.loadingFile;
    if (this.#hasLoaded || file === undefined) {
      this.#failedStarts++;
      logger.error('A worker ended before it was ready', { how });
      return;
    }
    const message = worker.wasKilled
      ? `This file did not finish loading within ${loadTimeoutMs / 1000} s.`
      : `This file ended the worker process while it loaded (${how}).`;
    this.#skipped.set(file, { file, line: null, column: null, message });
  }

  #onMessage(worker: WorkerProcess, message: ToServer): void {
    switch (message.kind) {
      case 'loading':
        worker.loadingFile = message.file;
        worker.progressAt = performance.now();
        break;
      case 'loaded':
        this.#onLoaded(worker, message);
        break;
      case 'exiting':
        worker.exitingCall = message.id;
        break;
      case 'pong':
        this.#ensure();
        this.#listener.onFree();
        break;
      default:
        this.#listener.onMessage(worker, message);
    }
  }

  #onLoaded(worker: WorkerProcess, report: ServerMessage<'loaded'>): void {
    if (worker.state !== 'loading') return;
    if (report.version !== PROTOCOL_VERSION) {
      this.#options.logger.error('A worker speaks another version of the protocol');
      worker.kill();
      return;
    }
    worker.state = 'ready';
    worker.hasLoaded = true;
    worker.readyAt = performance.now();
    if (!this.#hasLoaded) this.#wanted = this.#options.workers;
    this.#hasLoaded = true;
    const errors = [...report.errors, ...this.#skipped.values()];
    this.#onReport?.({ functions: report.functions, errors });
    this.#onReport = undefined;
    this.#ensure();
    this.#listener.onFree();
  }
}
