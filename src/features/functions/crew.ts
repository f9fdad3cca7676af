import type { Logger } from '../../core/logger.ts';
import {
  type LoadFault,
  type LoadReport,
  PROTOCOL_VERSION,
  type ServerMessage,
  type ToServer,
} from '../../protocol/messages.ts';
import { SelfEnders } from './self-enders.ts';
import type { Sources } from './sources.ts';
import type { SpawnWorker } from './spawn-worker.ts';
import { WorkerProcess, type WorkerRole } from './worker-process.ts';

const TICK_MS = 50;
/** A tick that comes later than this says that the server itself was busy, so silence proves nothing. */
const LATE_TICK_MS = 125;
/** Workers without calls are looked at so often: a server that nobody uses sleeps. */
const QUIET_TICK_MS = 1_000;
/** A worker that is silent for this long without any call is held up by something that nobody waits for. */
const STRAY_SILENCE_MS = 2_000;
/** A quarantine worker without a call ends after this long; the next call starts another. */
const QUARANTINE_IDLE_MS = 5_000;
/** After so many calls a worker makes place for a fresh one. */
const MAX_CALLS = 100_000;
/** How long the neighbours of a call that ran out of time may go on in its worker. */
const RETIRE_MS = 5_000;
/** A busy machine has so long to let the worker hear that its call is out of time. */
const HEAR_MS = 2_000;
const MIN_START_DELAY_MS = 50;
const MAX_START_DELAY_MS = 5_000;
/** A worker that ends by itself sooner than this counts as one that did not start. */
const SETTLED_MS = 1_000;

export interface CrewOptions {
  readonly spawn: SpawnWorker;
  readonly env: Readonly<Record<string, string>>;
  /** Loaded by each worker, in this order. */
  readonly files: readonly string[];
  /** Those of extensions among them. */
  readonly extensions?: readonly string[];
  /** Their code, and that of what they import: all workers of a crew run the same. */
  readonly sources: Sources;
  readonly workers: number;
  readonly memoryMb: number;
  /** For one file. */
  readonly loadTimeoutMs: number;
  readonly logger: Logger;
  /** A file was loaded well and is left out from now on: it keeps ending the workers. */
  readonly onSetAside?: (fault: LoadFault) => void;
  /** 100,000 when left out. */
  readonly maxCallsPerWorker?: number;
}

export interface CrewListener {
  /** A message about a call. */
  onMessage(worker: WorkerProcess, message: ToServer): void;
  onExit(worker: WorkerProcess, how: string): void;
  /** Something holds its event loop: told once, before anybody takes its place. */
  onFellSilent(worker: WorkerProcess): void;
  /** Again and again as long as that lasts. */
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
  /** Files that ended or stalled the first worker while it loaded them, or kept ending workers later. */
  readonly #skipped = new Map<string, LoadFault>();
  readonly #selfEnders = new SelfEnders();
  #onReport: ((report: LoadReport) => void) | undefined;
  #wanted = 1;
  #needsQuarantine = false;
  #hasLoaded = false;
  #isStopped = false;
  #failedStarts = 0;
  #restart: Timer | undefined;
  #tick: Timer | undefined;
  #lastTick = 0;
  #lastLook = 0;

  constructor(options: CrewOptions, listener: CrewListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Starts one worker, and the others once that has loaded; answers what it found, nothing when stopped. */
  load(): Promise<LoadReport> {
    return new Promise((resolve) => {
      this.#onReport = resolve;
      this.#lastTick = performance.now();
      this.#tick = setInterval(() => this.#onTick(), TICK_MS);
      this.#ensure();
    });
  }

  /** Calls wait for the quarantine worker. */
  openQuarantine(): void {
    this.#needsQuarantine = true;
    this.#ensure();
  }

  /**
   * No new call for this one; it ends with its last call, or when its time is up. `graceMs` is for
   * what was aborted and may want to tidy up, counted from when the worker has heard of that.
   */
  retire(worker: WorkerProcess, graceMs = 0): void {
    if (worker.state !== 'ready') return;
    worker.state = 'retiring';
    const isIdle = worker.calls.size === 0;
    worker.retireBy = performance.now() + (isIdle ? HEAR_MS : RETIRE_MS);
    if (worker.isSilent || (isIdle && graceMs === 0)) worker.kill();
    else if (isIdle) worker.retireOnceHeard(graceMs);
    this.#ensure();
  }

  /** Little will come: the workers without a call end but for one, the others when they have none left. */
  shrink(): void {
    this.#wanted = 1;
    for (const _ of [...this.workers]) this.#ensure();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#tick);
    clearTimeout(this.#restart);
    for (const worker of this.workers) worker.kill();
    this.#onReport?.({ functions: [], errors: [] });
    this.#onReport = undefined;
  }

  #start(role: WorkerRole): boolean {
    const { files, sources, logger, ...rest } = this.#options;
    try {
      const worker = new WorkerProcess({
        ...rest,
        role,
        logger,
        files: files.filter((file) => !this.#skipped.has(file)),
        sources: sources.changed(),
        onMessage: (sender, message) => this.#onMessage(sender, message),
        onExit: (ended, how) => this.#onExit(ended, how),
      });
      this.workers.add(worker);
      return true;
    } catch (error) {
      logger.error('No worker process can be started', { error });
      this.#failedStarts++;
      return false;
    }
  }

  /** Brings the workers that take calls to what there should be. */
  #ensure(): void {
    if (this.#isStopped) return;
    let missing = this.#wanted - this.#countLasting();
    if (missing < 0) this.#stopSpare();
    for (; missing > 0; missing--) if (!this.#add('common')) return;
    if (this.#needsQuarantine && ![...this.workers].some(isQuarantine)) this.#add('quarantine');
  }

  /** Those that take calls, or soon will, and are to stay. */
  #countLasting(): number {
    let count = 0;
    for (const worker of this.workers) if (isActive(worker) && !worker.isWorn) count++;
    return count;
  }

  /** Answers false when that has to wait. */
  #add(role: WorkerRole): boolean {
    if (this.#restart) return false;
    if (this.workers.size >= this.#options.workers * 2) {
      // The exit of whoever has to go comes back to ensure().
      if (role === 'common') this.#findDispensable()?.kill();
      return false;
    }
    if (this.#failedStarts > 0) {
      const delayMs = MIN_START_DELAY_MS * 2 ** (this.#failedStarts - 1);
      this.#restart = setTimeout(
        () => {
          this.#restart = undefined;
          this.#start(role);
          this.#ensure();
        },
        Math.min(delayMs, MAX_START_DELAY_MS),
      );
      return false;
    }
    return this.#start(role) || this.#add(role);
  }

  #findDispensable(): WorkerProcess | undefined {
    const workers = [...this.workers];
    const idle = workers.find((worker) => isQuarantine(worker) && worker.calls.size === 0);
    if (idle) return idle;
    // Not to replace one that still serves.
    const isUrgent = workers.filter(isActive).length < this.#wanted;
    return isUrgent ? workers.find(isOverdue) : undefined;
  }

  /** One more than there should be: a silent one came back, or a fresh one stands in for a worn one. */
  #stopSpare(): void {
    const idle = [...this.workers].find(
      (worker) =>
        isActive(worker) && worker.state === 'ready' && !worker.isWorn && worker.calls.size === 0,
    );
    if (idle) this.retire(idle);
  }

  /** A worn worker goes on until a fresh one stands ready, and then finishes what it has. */
  #renew(): void {
    const ready = [...this.workers].filter(
      (worker) => isActive(worker) && worker.state === 'ready',
    );
    const worn = ready.find(({ isWorn }) => isWorn);
    if (worn) {
      if (ready.length > this.#wanted) this.#retireSoftly(worn);
      return;
    }
    const { maxCallsPerWorker = MAX_CALLS } = this.#options;
    const next = ready.find(({ callCount, isGrown }) => isGrown || callCount >= maxCallsPerWorker);
    if (!next) return;
    next.isWorn = true;
    this.#ensure();
  }

  /** Its calls may take all their time: none of them did anything wrong. */
  #retireSoftly(worker: WorkerProcess): void {
    worker.state = 'retiring';
    if (worker.calls.size === 0) worker.kill();
  }

  #onTick(): void {
    const now = performance.now();
    const isLate = now - this.#lastTick > LATE_TICK_MS;
    this.#lastTick = now;
    if (now - this.#lastLook < QUIET_TICK_MS && ![...this.workers].some(isBusy)) return;
    this.#lastLook = now;
    for (const worker of this.workers) this.#look(worker, now, isLate);
    this.#renew();
    // After a shrink: one that had a call then may have none now.
    if (this.#countLasting() > this.#wanted) this.#stopSpare();
    // What a worker said while the server was busy comes first.
    if (!isLate) this.#listener.onTick(now);
  }

  #look(worker: WorkerProcess, now: number, isLate: boolean): void {
    if (worker.state === 'loading') {
      // What it said while the server was busy comes first.
      if (!isLate && now - worker.progressAt > this.#options.loadTimeoutMs) worker.kill();
      return;
    }
    if (now - worker.readyAt > SETTLED_MS && worker.state === 'ready') this.#failedStarts = 0;
    const wasSilent = worker.isSilent;
    worker.check(now, isLate);
    if (worker.isSilent && !wasSilent) this.#listener.onFellSilent(worker);
    if (worker.isSilent && !isLate) {
      this.#listener.onSilent(worker, now);
      this.#ensure();
      if (worker.calls.size === 0 && now - worker.silentSince > STRAY_SILENCE_MS) worker.kill();
    }
    if (worker.calls.size > 0) worker.busyAt = now;
    else if (isQuarantine(worker) && now - worker.busyAt > QUARANTINE_IDLE_MS) {
      this.#needsQuarantine = false;
      worker.kill();
    }
    if (!isOverdue(worker) || (isLate && worker.isToHear)) return;
    if (now > worker.retireBy || (worker.isSilent && !worker.isToHear)) worker.kill();
  }

  #onExit(worker: WorkerProcess, how: string): void {
    this.workers.delete(worker);
    const hadCalls = worker.calls.size > 0;
    this.#listener.onExit(worker, how);
    if (this.#isStopped) return;
    if (!worker.hasLoaded) this.#onLoadFailed(worker, how);
    else if (!worker.wasKilled && (!hadCalls || worker.exitPlace)) {
      const { logger } = this.#options;
      logger.warning('A worker was ended by no call', { how, ...worker.exitPlace });
      if (performance.now() - worker.readyAt < SETTLED_MS) this.#failedStarts++;
      this.#setAside(this.#selfEnders.note(worker, how));
    }
    this.#ensure();
  }

  #setAside(fault: LoadFault | undefined): void {
    if (!fault || !this.#isOurs(fault.file)) return;
    this.#skipped.set(fault.file, fault);
    this.#failedStarts = 0;
    this.#options.onSetAside?.(fault);
  }

  /** To skip a file that is none of ours would help nobody, again and again. */
  #isOurs(file: string): boolean {
    return this.#options.files.includes(file);
  }

  #onLoadFailed(worker: WorkerProcess, how: string): void {
    const { logger, loadTimeoutMs } = this.#options;
    const { exitPlace } = worker;
    // A timer of one file may go off while another one loads. One that is skipped was called by this one.
    const isKnown = exitPlace && this.#isOurs(exitPlace.file) && !this.#skipped.has(exitPlace.file);
    const place = isKnown ? exitPlace : undefined;
    const file = place?.file ?? worker.loadingFile;
    if (this.#hasLoaded || file === undefined || this.#skipped.has(file)) {
      this.#failedStarts++;
      logger.error('A worker ended before it was ready', { how, ...exitPlace });
      this.#setAside(this.#selfEnders.note(worker, how));
      return;
    }
    const message = worker.wasKilled
      ? `This file did not finish loading within ${loadTimeoutMs / 1000} s.`
      : `This file ended the worker process while it loaded (${how}).`;
    this.#skipped.set(file, { file, line: null, column: null, ...place, message });
  }

  #onMessage(worker: WorkerProcess, message: ToServer): void {
    switch (message.kind) {
      case 'loading':
        if (worker.state !== 'loading') worker.noteStray();
        else if (this.#isOurs(message.file)) {
          worker.loadingFile = message.file;
          worker.progressAt = performance.now();
        }
        break;
      case 'loaded':
        this.#onLoaded(worker, message);
        break;
      case 'exiting':
        if (worker.exitingCall !== undefined) worker.noteStray();
        worker.exitingCall = message.id;
        worker.exitPlace = message.place;
        break;
      case 'pong':
        this.#ensure();
        this.#listener.onFree();
        break;
      default:
        this.#listener.onMessage(worker, message);
    }
  }

  /** False when a file changed after it was compared: the worker may have read the new one. */
  #hasOurCode({ sources }: WorkerProcess): boolean {
    const given = new Set(sources.map(({ path }) => path));
    return this.#options.sources.changed().every(({ path }) => given.has(path));
  }

  #onLoaded(worker: WorkerProcess, report: ServerMessage<'loaded'>): void {
    if (worker.state !== 'loading') {
      worker.noteStray();
      return;
    }
    if (report.version !== PROTOCOL_VERSION) {
      this.#options.logger.error('A worker speaks another version of the protocol');
      worker.kill();
      return;
    }
    if (this.#hasLoaded && !this.#hasOurCode(worker)) {
      worker.hasLoaded = true;
      worker.kill();
      return;
    }
    worker.onReady();
    worker.busyAt = worker.readyAt;
    if (!this.#hasLoaded) this.#wanted = this.#options.workers;
    this.#hasLoaded = true;
    const errors = [...report.errors, ...this.#skipped.values()];
    this.#onReport?.({ functions: report.functions, errors });
    this.#onReport = undefined;
    this.#renew();
    this.#ensure();
    this.#listener.onFree();
  }
}

/** It has calls, had some a moment ago, or is not as it should be. */
function isBusy({ state, isSilent, calls, progressedAt }: WorkerProcess): boolean {
  return (
    state !== 'ready' ||
    isSilent ||
    calls.size > 0 ||
    performance.now() - progressedAt < QUIET_TICK_MS
  );
}

/** It takes calls of everybody, or soon will. */
function isActive({ role, state, isSilent }: WorkerProcess): boolean {
  return role === 'common' && (state === 'loading' || (state === 'ready' && !isSilent));
}

function isQuarantine({ role, state }: WorkerProcess): boolean {
  return role === 'quarantine' && (state === 'loading' || state === 'ready');
}

/** It has only so long left, because of a call whose time was up. */
function isOverdue({ state, retireBy }: WorkerProcess): boolean {
  return state === 'retiring' && Number.isFinite(retireBy);
}
