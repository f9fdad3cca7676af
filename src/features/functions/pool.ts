import { AppError } from '../../core/errors.ts';
import {
  type LoadReport,
  MAX_ASK_CHARS,
  MAX_DEPTH,
  MAX_OPEN_ASKS,
  type ServerMessage,
  type ToServer,
} from '../../protocol/messages.ts';
import { CallQueue } from './call-queue.ts';
import { Crew, type CrewOptions } from './crew.ts';
import { type Job, type PoolOutcome, payloadLength } from './job.ts';
import { explainExit, findCulprit, WORKER_LOST } from './lost.ts';
import { Quarantine } from './quarantine.ts';
import type { Entry, WorkerProcess } from './worker-process.ts';

/** A call that was sent longer ago and has not begun may move: its worker will ask before it begins. */
const MOVE_AFTER_MS = 250;
/** Calls that one worker is sent ahead: enough to keep it busy, few enough to wait for none of them long. */
const MAX_UNSTARTED = 16;
/** The same of their payloads: what the pipe does not take at once is copied again and again. */
const MAX_UNSTARTED_LENGTH = 4 * 1024 * 1024;
/** Of the payloads that wait: a thousand of the largest would fill the memory. */
const MAX_WAITING_LENGTH = 128 * 1024 * 1024;
/** Payloads below that are no reason to count the others. */
const SMALL_LENGTH = 64 * 1024;
/** Asks of a worker that nobody tampered with: of the database and of calls, at each depth. */
const MAX_OPEN_PER_WORKER = MAX_OPEN_ASKS * 2 * (MAX_DEPTH + 1);

/** What a call that is out of time has left to react to its signal. */
const ABORT_GRACE_MS = 100;

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
  readonly #queue = new CallQueue();
  /** Calls of functions that are in quarantine. */
  readonly #held = new CallQueue();
  readonly #quarantine = new Quarantine();
  readonly #entries = new Map<number, Entry>();
  #draining: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;
  #nextId = 1;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#crew = new Crew(options, {
      onMessage: (worker, message) => this.#onMessage(worker, message),
      onExit: (worker, how) => this.#onExit(worker, how),
      onFellSilent: (worker) => this.#onFellSilent(worker),
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
    const { function_name: name } = job.header;
    const isHeld = this.#quarantine.has(name);
    const worker = isHeld ? undefined : this.#findWorker(job.depth > 0);
    if (!worker && job.depth === 0) {
      this.#requireMemory(job);
      this.#makeRoom(name);
    }
    const entry: Entry = {
      id: this.#nextId++,
      job,
      queuedAt: performance.now(),
      worker: undefined,
      sentAt: 0,
      isStarted: false,
      isHeldUp: false,
      timer: undefined,
    };
    this.#entries.set(entry.id, entry);
    if (worker && this.#queue.size === 0) this.#give(entry, worker);
    else {
      this.#enqueue(entry, job.depth > 0);
      this.#pump();
    }
    return entry.id;
  }

  #requireMemory(job: Job): void {
    const length = payloadLength(job);
    if (length < SMALL_LENGTH) return;
    let waiting = length;
    for (const { isStarted, job: other } of this.#entries.values())
      if (!isStarted) waiting += payloadLength(other);
    if (waiting <= MAX_WAITING_LENGTH) return;
    const message = 'Function calls with large payloads wait already. Try again shortly.';
    throw new AppError('unavailable', message, { retryAfterSeconds: 1 });
  }

  /** When the queue is full, the function that waits most gives way; if that is this one, it is refused. */
  #makeRoom(name: string): void {
    const { maxQueue } = this.#options;
    if (this.#queue.size + this.#held.size < maxQueue) return;
    const evicted = this.#held.giveWay(name) ?? this.#queue.giveWay(name);
    const message = `${maxQueue} function calls wait already. Try again shortly.`;
    if (!evicted) throw new AppError('unavailable', message, { retryAfterSeconds: 1 });
    this.#end(evicted, { status: 'refused', message });
  }

  #enqueue(entry: Entry, isFirst: boolean): void {
    const queue = this.#quarantine.has(entry.job.header.function_name) ? this.#held : this.#queue;
    if (isFirst) queue.pushFirst(entry);
    else queue.push(entry);
  }

  /** Nobody waits for the answer: tells the function, which may go on; a call without a worker is dropped. */
  abort(id: number, reason: string): void {
    const entry = this.#entries.get(id);
    if (entry?.worker) entry.worker.send({ kind: 'abort', id, reason });
    else if (entry && this.#takeWaiting((waiting) => waiting === entry).length > 0)
      this.#end(entry, { status: 'refused', message: reason });
  }

  get callCount(): number {
    return this.#entries.size;
  }

  /** One worker is enough from now on. */
  shrink(): void {
    this.#crew.shrink();
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
    for (const entry of this.#takeWaiting(() => true))
      this.#end(entry, { status: 'refused', message: 'The server is stopping.' });
    for (const entry of [...this.#entries.values()]) this.#end(entry, WORKER_LOST);
  }

  #findWorker(isNested: boolean): WorkerProcess | undefined {
    let best: WorkerProcess | undefined;
    for (const worker of this.#crew.workers) {
      if (worker.role === 'quarantine' || !this.#isOpen(worker, isNested)) continue;
      if (!best || worker.calls.size < best.calls.size) best = worker;
    }
    return best;
  }

  #isOpen(worker: WorkerProcess, isNested: boolean): boolean {
    if (worker.state !== 'ready' || worker.isSilent) return false;
    if (isNested) return true;
    return (
      worker.calls.size < this.#options.callsPerWorker &&
      worker.unstarted < MAX_UNSTARTED &&
      worker.unstartedLength < MAX_UNSTARTED_LENGTH
    );
  }

  #pump(): void {
    for (let entry = this.#queue.peek(); entry; entry = this.#queue.peek()) {
      const worker = this.#findWorker(entry.job.depth > 0);
      if (!worker) break;
      this.#queue.shift();
      this.#give(entry, worker);
    }
    this.#pumpHeld();
  }

  /** One function at a time, so that the one that holds up the quarantine worker is known for certain. */
  #pumpHeld(): void {
    if (this.#held.size === 0) return;
    const worker = [...this.#crew.workers].find(
      ({ role, state }) => role === 'quarantine' && state !== 'retiring',
    );
    if (!worker) {
      this.#crew.openQuarantine();
      return;
    }
    for (let entry = this.#held.peek(); entry; entry = this.#held.peek()) {
      const { header, depth } = entry.job;
      const isNested = depth > 0;
      const [running] = worker.calls.values();
      const isOther = running && running.job.header.function_name !== header.function_name;
      if (!this.#isOpen(worker, isNested) || (isOther && !isNested)) return;
      this.#held.shift();
      this.#give(entry, worker);
    }
  }

  #give(entry: Entry, worker: WorkerProcess): void {
    entry.sentAt = performance.now();
    entry.worker = worker;
    worker.take(entry);
    const { depth, header, payload, isCheck = false } = entry.job;
    const sentAt = Date.now();
    worker.send({
      kind: 'call',
      id: entry.id,
      sent_at: sentAt,
      depth,
      is_check: isCheck,
      header,
      payload,
    });
  }

  /** Back to the head of its queue; it has not begun anywhere. */
  #putBack(worker: WorkerProcess, entry: Entry): void {
    worker.release(entry);
    entry.worker = undefined;
    this.#enqueue(entry, true);
  }

  #takeWaiting(isMeant: (entry: Entry) => boolean): Entry[] {
    return [...this.#queue.take(isMeant), ...this.#held.take(isMeant)];
  }

  #end(entry: Entry, outcome: PoolOutcome): void {
    clearTimeout(entry.timer);
    entry.worker?.release(entry);
    this.#entries.delete(entry.id);
    entry.job.onEnd(outcome);
    if (this.#entries.size === 0) this.#onIdle?.();
  }

  /** A call that waited as long as it may run is refused: a queue that only grows helps nobody. */
  #refuseStale(now: number): void {
    const stale = this.#takeWaiting(({ queuedAt, job }) => now - queuedAt > job.timeoutMs);
    for (const entry of stale)
      this.#end(entry, { status: 'refused', message: 'No worker became free in time.' });
  }

  #onFellSilent(worker: WorkerProcess): void {
    const started = [...worker.calls.values()].filter(({ isStarted }) => isStarted);
    for (const entry of started) entry.isHeldUp = true;
    // What began last and was not followed by any word is what runs now.
    this.#accuse(worker.lastStarted ? [worker.lastStarted] : started);
  }

  /** From now on their calls wait for the quarantine worker, also those that wait already. */
  #accuse(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    this.#quarantine.accuse(new Set(entries.map(({ job }) => job.header.function_name)));
    this.#sort();
  }

  /** Puts what waits where it belongs, when a function came into quarantine or left it. */
  #sort(): void {
    const isHeld = ({ job }: Entry) => this.#quarantine.has(job.header.function_name);
    const freed = this.#held.take((entry) => !isHeld(entry));
    for (const entry of this.#queue.take(isHeld)) this.#held.push(entry);
    for (const entry of freed.reverse()) this.#queue.pushFirst(entry);
  }

  #onSilent(worker: WorkerProcess, now: number): void {
    const late = [...worker.calls.values()].filter(
      ({ isStarted, sentAt }) => !isStarted && now - sentAt > MOVE_AFTER_MS,
    );
    for (const entry of late.reverse()) this.#putBack(worker, entry);
    if (late.length > 0) this.#pump();
  }

  #onExit(worker: WorkerProcess, how: string): void {
    const entries = [...worker.calls.values()];
    const started = entries.filter(({ isStarted }) => isStarted);
    const culprit = findCulprit(worker, started);
    if (culprit) this.#accuse([culprit]);
    for (const entry of entries.filter(({ isStarted }) => !isStarted).reverse())
      this.#putBack(worker, entry);
    for (const entry of started)
      this.#end(entry, entry === culprit ? explainExit(worker, how) : WORKER_LOST);
    this.#pump();
  }

  #onMessage(worker: WorkerProcess, message: ToServer): void {
    switch (message.kind) {
      case 'started':
        this.#onStarted(worker, message.id);
        break;
      case 'done':
        this.#onDone(worker, message);
        break;
      case 'line': {
        const entry = worker.calls.get(message.id);
        if (entry) entry.job.onLine(message.level, message.text);
        else worker.noteStray();
        break;
      }
      case 'ask':
        void this.#onAsk(worker, message);
        break;
      case 'claim': {
        const entry = worker.calls.get(message.id);
        // Only from now on it may not move for a while: the worker may have gone silent again.
        if (entry) entry.sentAt = performance.now();
        else worker.noteStray();
        worker.send({ kind: 'grant', id: message.id, sent_at: entry ? Date.now() : null });
        break;
      }
      default:
        // The crew has handled the kinds that are about the worker itself.
        break;
    }
  }

  #onStarted(worker: WorkerProcess, id: number): void {
    const entry = worker.calls.get(id);
    if (!entry || entry.isStarted) {
      worker.noteStray();
      return;
    }
    worker.noteStarted(entry);
    entry.isStarted = true;
    // First, or the history would have a call end before its time was up.
    entry.job.onStarted();
    entry.timer = setTimeout(() => this.#onTimeout(entry), entry.job.timeoutMs);
    if (this.#queue.size > 0 || this.#held.size > 0) this.#pump();
  }

  #onTimeout(entry: Entry): void {
    const { worker } = entry;
    worker?.send({ kind: 'abort', id: entry.id, reason: 'The time is up.' });
    const seconds = entry.job.timeoutMs / 1000;
    // With a very short time-out it was not noticed yet that nothing else runs.
    if (worker?.lastStarted === entry) this.#accuse([entry]);
    this.#end(entry, {
      status: 'lost',
      error_type: 'TimeoutError',
      message: `${entry.job.header.function_name} did not finish within ${seconds} s and was ended.`,
    });
    if (worker) this.#crew.retire(worker, ABORT_GRACE_MS);
  }

  #onDone(worker: WorkerProcess, { id, outcome }: ServerMessage<'done'>): void {
    const entry = worker.calls.get(id);
    if (!entry) {
      worker.noteStray();
      return;
    }
    worker.progressedAt = performance.now();
    this.#end(entry, outcome);
    if (worker.role === 'quarantine' && !entry.isHeldUp) {
      const { function_name: name } = entry.job.header;
      this.#quarantine.noteGoodCall(name);
      if (!this.#quarantine.has(name)) this.#sort();
    }
    // What made the memory run out may still hold it.
    if (outcome.status === 'failed' && outcome.error_type === 'OutOfMemory')
      this.#crew.retire(worker);
    if (worker.state === 'retiring' && worker.calls.size === 0) worker.kill();
    if (this.#queue.size > 0 || this.#held.size > 0) this.#pump();
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
      worker.noteStray();
      refuse('conflict', 'This call has ended: await what it asks for.');
      return;
    }
    // Our own side of the worker never has more open, so this is somebody else's doing.
    if (worker.openAsks >= MAX_OPEN_PER_WORKER || body.length > MAX_ASK_CHARS) {
      worker.noteStray();
      refuse('too_many_requests', 'Too many or too large asks at once.');
      return;
    }
    worker.openAsks++;
    const answer = await entry.job.ask(name, body);
    worker.openAsks--;
    if ('json' in answer) worker.send({ kind: 'reply', ask, json: answer.json });
    else worker.send({ kind: 'refusal', ask, error: answer.error });
  }
}
