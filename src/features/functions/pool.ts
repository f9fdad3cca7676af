import { AppError } from '../../core/errors.ts';
import {
  type LoadReport,
  MAX_OPEN_ASKS,
  type ServerMessage,
  type ToServer,
} from '../../protocol/messages.ts';
import { Crew, type CrewOptions } from './crew.ts';
import type { Job, PoolOutcome } from './job.ts';
import { explainExit, WORKER_LOST } from './lost.ts';
import type { Entry, WorkerProcess } from './worker-process.ts';

/** A call that was sent longer ago and has not begun may move: its worker will ask before it begins. */
const MOVE_AFTER_MS = 250;

export interface PoolOptions extends CrewOptions {
  /** Calls that may wait for a worker. */
  readonly maxQueue: number;
  /** Calls that one worker has at once; those beyond wait. */
  readonly callsPerWorker: number;
}

/** The workers that hold one version of the functions, and the calls that run in them or wait. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #crew: Crew;
  readonly #queue: Entry[] = [];
  readonly #entries = new Map<number, Entry>();
  #draining: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;
  #nextId = 1;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#crew = new Crew(options, {
      onMessage: (worker, message) => this.#onMessage(worker, message),
      onExit: (worker, how) => this.#onExit(worker, how),
      onSilent: (worker, now) => this.#onSilent(worker, now),
      onTick: (now) => this.#refuseStale(now),
      onFree: () => this.#pump(),
    });
  }

  /** Starts the workers; answers what the first one found as soon as it is ready. */
  load(): Promise<LoadReport> {
    return this.#crew.load();
  }

  /** Takes a call, or throws when too many wait. Answers what abort() wants. */
  run(job: Job): number {
    if (this.#crew.isStopped) throw new AppError('unavailable', 'The server is stopping.');
    const { maxQueue } = this.#options;
    if (!job.isNested && this.#queue.length >= maxQueue && !this.#findWorker(job))
      throw new AppError(
        'unavailable',
        `${maxQueue} function calls wait already. Try again shortly.`,
        { retryAfterSeconds: 1 },
      );
    const entry: Entry = {
      id: this.#nextId++,
      job,
      queuedAt: performance.now(),
      worker: undefined,
      sentAt: 0,
      isStarted: false,
      timer: undefined,
    };
    this.#entries.set(entry.id, entry);
    if (job.isNested) this.#queue.unshift(entry);
    else this.#queue.push(entry);
    this.#pump();
    return entry.id;
  }

  /** Tells the function that nobody waits for its answer; it may go on. */
  abort(id: number, reason: string): void {
    this.#entries.get(id)?.worker?.send({ kind: 'abort', id, reason });
  }

  get callCount(): number {
    return this.#entries.size;
  }

  /** Finishes what runs and waits, then ends the workers. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<void> {
    this.#crew.shrink();
    if (this.#entries.size > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    this.kill();
  }

  /** Ends the workers now; what still runs is lost. */
  kill(): void {
    this.#crew.stop();
    for (const entry of this.#queue.splice(0))
      this.#end(entry, { status: 'refused', message: 'The server is stopping.' });
    for (const entry of [...this.#entries.values()]) this.#end(entry, WORKER_LOST);
  }

  #findWorker({ isNested }: Job): WorkerProcess | undefined {
    let best: WorkerProcess | undefined;
    for (const worker of this.#crew.workers) {
      if (worker.state !== 'ready' || worker.isSilent) continue;
      if (!isNested && worker.calls.size >= this.#options.callsPerWorker) continue;
      if (!best || worker.calls.size < best.calls.size) best = worker;
    }
    return best;
  }

  #pump(): void {
    for (let entry = this.#queue[0]; entry; entry = this.#queue[0]) {
      const worker = this.#findWorker(entry.job);
      if (!worker) return;
      this.#queue.shift();
      entry.sentAt = performance.now();
      entry.worker = worker;
      worker.calls.set(entry.id, entry);
      const { header, payload } = entry.job;
      worker.send({ kind: 'call', id: entry.id, sent_at: Date.now(), header, payload });
    }
  }

  #putBack(worker: WorkerProcess, entry: Entry): void {
    worker.calls.delete(entry.id);
    entry.worker = undefined;
    this.#queue.unshift(entry);
  }

  #end(entry: Entry, outcome: PoolOutcome): void {
    clearTimeout(entry.timer);
    entry.worker?.calls.delete(entry.id);
    this.#entries.delete(entry.id);
    entry.job.onEnd(outcome);
    if (this.#entries.size === 0) this.#onIdle?.();
  }

  /** A call that waited as long as it may run is refused: a queue that only grows helps nobody. */
  #refuseStale(now: number): void {
    for (const entry of this.#queue.filter((e) => now - e.queuedAt > e.job.timeoutMs)) {
      this.#queue.splice(this.#queue.indexOf(entry), 1);
      this.#end(entry, { status: 'refused', message: 'No worker became free in time.' });
    }
  }

  #onSilent(worker: WorkerProcess, now: number): void {
    for (const entry of worker.calls.values())
      if (!entry.isStarted && now - entry.sentAt > MOVE_AFTER_MS) this.#putBack(worker, entry);
    this.#pump();
  }

  #onExit(worker: WorkerProcess, how: string): void {
    const entries = [...worker.calls.values()];
    const started = entries.filter(({ isStarted }) => isStarted);
    for (const entry of entries.filter(({ isStarted }) => !isStarted).reverse())
      this.#putBack(worker, entry);
    for (const entry of started) this.#end(entry, explainExit(worker, entry, started, how));
    this.#pump();
  }

  #onMessage(worker: WorkerProcess, message: ToServer): void {
    switch (message.kind) {
      case 'started':
        this.#onStarted(worker.calls.get(message.id));
        break;
      case 'done':
        this.#onDone(worker, message);
        break;
      case 'line':
        worker.calls.get(message.id)?.job.onLine(message.level, message.text);
        break;
      case 'ask':
        void this.#onAsk(worker, message);
        break;
      case 'claim': {
        const entry = worker.calls.get(message.id);
        worker.send({ kind: 'grant', id: message.id, is_yours: entry !== undefined });
        this.#onStarted(entry);
        break;
      }
      default:
        // The crew has handled the kinds that are about the worker itself.
        break;
    }
  }

  #onStarted(entry: Entry | undefined): void {
    if (!entry || entry.isStarted) return;
    entry.isStarted = true;
    entry.timer = setTimeout(() => this.#onTimeout(entry), entry.job.timeoutMs);
    entry.job.onStarted();
  }

  #onTimeout(entry: Entry): void {
    const { worker } = entry;
    worker?.send({ kind: 'abort', id: entry.id, reason: 'The time is up.' });
    const seconds = entry.job.timeoutMs / 1000;
    this.#end(entry, {
      status: 'lost',
      error_type: 'TimeoutError',
      message: `${entry.job.header.function_name} did not finish within ${seconds} s and was ended.`,
    });
    if (worker) this.#crew.retire(worker);
  }

  #onDone(worker: WorkerProcess, { id, outcome }: ServerMessage<'done'>): void {
    const entry = worker.calls.get(id);
    if (!entry) return;
    this.#end(entry, outcome);
    // What made the memory run out may still hold it.
    if (outcome.status === 'failed' && outcome.error_type === 'OutOfMemory')
      this.#crew.retire(worker);
    if (worker.state === 'retiring' && worker.calls.size === 0) worker.kill();
    if (this.#queue.length > 0) this.#pump();
  }

  async #onAsk(
    worker: WorkerProcess,
    { id, ask, name, body }: ServerMessage<'ask'>,
  ): Promise<void> {
    const refuse = (code: string, message: string) => {
      const error = { code, message, faults: null, failure: null };
      worker.send({ kind: 'refusal', ask, error });
    };
    const entry = worker.calls.get(id);
    if (!entry) {
      refuse('conflict', 'This call has ended: await what it asks for.');
      return;
    }
    // Our own side of the worker never has more open, so this is somebody else's doing.
    if (worker.openAsks >= MAX_OPEN_ASKS * 2) {
      refuse('too_many_requests', 'Too many asks at once.');
      return;
    }
    worker.openAsks++;
    const answer = await entry.job.ask(name, body);
    worker.openAsks--;
    if ('json' in answer) worker.send({ kind: 'reply', ask, json: answer.json });
    else worker.send({ kind: 'refusal', ask, error: answer.error });
  }
}
