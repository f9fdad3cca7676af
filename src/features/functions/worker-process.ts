import { readFileSync } from 'node:fs';
import { readOutput } from '../../core/child-output.ts';
import type { Logger } from '../../core/logger.ts';
import { parseToServer } from '../../protocol/codec.ts';
import {
  type Place,
  PROTOCOL_VERSION,
  type SourceFile,
  type ToServer,
  type ToWorker,
} from '../../protocol/messages.ts';
import { type Job, payloadLength } from './job.ts';
import type { SpawnWorker, WorkerChild } from './spawn-worker.ts';

const PING_EVERY_MS = 100;
/** A worker that leaves a ping unanswered for this long gets no new call. */
const SILENT_AFTER_MS = 250;
/** Timers come a little early or late. */
const TIMER_SLACK_MS = 5;
const MAX_BAD_MESSAGES = 1_000;
/** About calls that it does not have: some are in order, after a time-out. */
const MAX_STRAY_MESSAGES = 100_000;
const BAD_MESSAGES_LOGGED = 5;
/** Room above the limit before the poll steps in, which is only the backstop of the system's own limit. */
const MEMORY_SLACK = 1.25;
/** From this share of the limit on, a worker that died is taken to have died of it. */
const MEMORY_SUSPECT = 0.6;
/** From this share of the limit on, what calls have left behind is too much: a fresh worker takes over. */
const MEMORY_WORN = 0.5;
/** So often in a row, as a heap may be large for a moment. */
const WORN_READINGS = 10;
const PAGE_BYTES = 4_096;
/** What it wrote last comes at once, except when something that it started holds on to its output. */
const LAST_WORDS_MS = 1_000;

/** `common` takes any call, `quarantine` those of functions that held up a worker. */
export type WorkerRole = 'common' | 'quarantine';

export interface WorkerOptions {
  readonly spawn: SpawnWorker;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly role: WorkerRole;
  readonly files: readonly string[];
  /** Those of extensions among the files. */
  readonly extensions?: readonly string[] | undefined;
  /** Files to be loaded as they are given here, whatever lies on the disk. */
  readonly sources: readonly SourceFile[];
  readonly logger: Logger;
  readonly onMessage: (worker: WorkerProcess, message: ToServer) => void;
  readonly onExit: (worker: WorkerProcess, how: string) => void;
}

/** A call in the pool, and how far it has come. */
export interface Entry {
  readonly id: number;
  readonly job: Job;
  readonly queuedAt: number;
  worker: WorkerProcess | undefined;
  sentAt: number;
  /** Its worker said that it begins; from here on no other may run it. */
  isStarted: boolean;
  /** Its worker was silent while it ran. */
  isHeldUp: boolean;
  timer: Timer | undefined;
}

/** One child process and the calls that it has. */
export class WorkerProcess {
  readonly calls = new Map<number, Entry>();
  state: 'loading' | 'ready' | 'retiring' | 'dead' = 'loading';
  hasLoaded = false;
  readonly role: WorkerRole;
  readonly sources: readonly SourceFile[];
  /** Calls that it was sent and that have not begun, and the length of their payloads. */
  unstarted = 0;
  unstartedLength = 0;
  /** Calls that it has begun since it was started. */
  callCount = 0;
  /** The call that began last, while nothing else was heard since. */
  lastStarted: Entry | undefined;
  /** It leaves pings unanswered: something holds its event loop. */
  isSilent = false;
  silentSince = 0;
  /** When a call began or ended last: so long something moves, nothing holds it up. */
  progressedAt = 0;
  /** While loading: the file that it is at, and since when. */
  loadingFile: string | undefined;
  progressAt = performance.now();
  readyAt = 0;
  /** A retiring worker is ended then at the latest. */
  retireBy = Number.POSITIVE_INFINITY;
  /** A fresh one is to take its place. */
  isWorn = false;
  /** When it had a call last. */
  busyAt = 0;
  openAsks = 0;
  isOutOfMemory = false;
  wasKilled = false;
  /** The call that said it ends the process; null: some code of no call did. */
  exitingCall: number | null | undefined;
  /** Where that code stands, when it belongs to no call. */
  exitPlace: Place | null = null;
  readonly #options: WorkerOptions;
  readonly #child: WorkerChild;
  /** Done when all that it wrote was read. */
  readonly #heard: Promise<unknown>;
  #pingedAt: number | undefined;
  #pings = 0;
  /** Set until it has answered a later ping than this one. */
  #hearing: { readonly ping: number; readonly graceMs: number } | undefined;
  #checkedAt = 0;
  #badMessages = 0;
  #strayMessages = 0;
  #privateMb = 0;
  #readyMb = 0;
  #wornReadings = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.role = options.role;
    this.sources = options.sources;
    this.#child = options.spawn({
      env: options.env,
      memoryMb: options.memoryMb,
      onMessage: (raw) => this.#receive(raw),
      onExit: (code, signal) => {
        this.state = 'dead';
        void this.#onExit(signal ? `signal ${signal}` : `exit code ${code}`);
      },
    });
    const readings = this.#child.outputs.map((stream) =>
      readOutput(stream, (line) => {
        if (/out of memory/i.test(line)) this.isOutOfMemory = true;
        options.logger.info(line, { worker: this.pid });
      }),
    );
    this.#heard = Promise.all(readings);
    const { files, extensions = [], sources } = options;
    this.send({ kind: 'load', version: PROTOCOL_VERSION, files, extensions, sources });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** True when memory was the likely reason for its end. */
  get isMemorySuspect(): boolean {
    return this.isOutOfMemory || this.#privateMb > this.#options.memoryMb * MEMORY_SUSPECT;
  }

  send(message: ToWorker): void {
    if (this.state === 'dead') return;
    try {
      this.#child.send(message);
    } catch (error) {
      // The pipe is closed but the end of the process was not told yet: onExit will come.
      this.#options.logger.debug('A worker cannot be reached', { worker: this.pid, error });
    }
  }

  /** From now on it has this call. */
  take(entry: Entry): void {
    this.calls.set(entry.id, entry);
    this.unstarted++;
    this.unstartedLength += payloadLength(entry.job);
  }

  /** It no longer has this call. */
  release(entry: Entry): void {
    if (!this.calls.delete(entry.id) || entry.isStarted) return;
    this.unstarted--;
    this.unstartedLength -= payloadLength(entry.job);
  }

  noteStarted(entry: Entry): void {
    this.unstarted--;
    this.unstartedLength -= payloadLength(entry.job);
    this.callCount++;
    this.lastStarted = entry;
    this.progressedAt = performance.now();
  }

  onReady(): void {
    this.state = 'ready';
    this.hasLoaded = true;
    this.readyAt = performance.now();
    this.#child.onReady();
    this.#readMemory();
    this.#readyMb = this.#privateMb;
  }

  /** Its calls have left so much in its memory that a fresh one should take over. */
  get isGrown(): boolean {
    return this.#wornReadings >= WORN_READINGS;
  }

  /** Its call was told to end: from when it has heard of that, so long is left. */
  retireOnceHeard(graceMs: number): void {
    this.#hearing = { ping: this.#pings, graceMs };
    this.#ping();
  }

  /** It was told of the end of a call, and nobody knows yet whether it has heard of that. */
  get isToHear(): boolean {
    return this.#hearing !== undefined;
  }

  kill(): void {
    if (this.state === 'dead') return;
    this.wasKilled = true;
    this.#child.kill();
  }

  /** Called often while it is loaded; `isLate` says that the server was busy itself. */
  check(now: number, isLate: boolean): void {
    if (this.state === 'dead') return;
    if (now - this.#checkedAt >= PING_EVERY_MS - TIMER_SLACK_MS) {
      this.#checkedAt = now;
      this.#ping(now);
      this.#checkMemory();
    }
    if (this.isSilent || isLate || this.#pingedAt === undefined) return;
    const since = Math.max(this.#pingedAt, this.progressedAt);
    if (now - since < SILENT_AFTER_MS - TIMER_SLACK_MS) return;
    this.isSilent = true;
    this.silentSince = now;
  }

  /** Where nobody knows why it ended, what it wrote last may say so: that comes by a way of its own. */
  async #onExit(how: string): Promise<void> {
    const isKnown = this.wasKilled || this.exitingCall !== undefined || this.isMemorySuspect;
    if (!isKnown) await Promise.race([this.#heard, Bun.sleep(LAST_WORDS_MS)]);
    this.#options.onExit(this, how);
  }

  /** One at a time. */
  #ping(now = performance.now()): void {
    if (this.#pingedAt !== undefined) return;
    this.#pingedAt = now;
    this.send({ kind: 'ping', n: ++this.#pings });
  }

  /** It spoke of a call that it does not have. */
  noteStray(): void {
    if (++this.#strayMessages === MAX_STRAY_MESSAGES) this.#endFlood();
  }

  #receive(raw: unknown): void {
    const message = parseToServer(raw);
    this.lastStarted = undefined;
    if (!message) this.#onBadMessage();
    else if (message.kind === 'pong') {
      if (message.n !== this.#pings || this.#pingedAt === undefined) this.noteStray();
      else {
        this.#pingedAt = undefined;
        this.isSilent = false;
        this.#hear(message.n);
      }
      this.#options.onMessage(this, message);
    } else this.#options.onMessage(this, message);
  }

  #hear(ping: number): void {
    if (!this.#hearing) return;
    if (ping <= this.#hearing.ping) this.#ping();
    else {
      this.retireBy = performance.now() + this.#hearing.graceMs;
      this.#hearing = undefined;
    }
  }

  #onBadMessage(): void {
    this.#badMessages++;
    const { logger } = this.#options;
    if (this.#badMessages <= BAD_MESSAGES_LOGGED)
      logger.warning('A worker sent a message that is none; it was dropped', { worker: this.pid });
    if (this.#badMessages === MAX_BAD_MESSAGES) this.#endFlood();
  }

  #endFlood(): void {
    const { logger } = this.#options;
    logger.error('A worker floods the server with messages; it is ended', { worker: this.pid });
    this.kill();
  }

  /** In a process that is just dying there is nothing to read; what was seen before counts. */
  #readMemory(): void {
    if (process.platform !== 'linux') return;
    try {
      const [, resident = 0, shared = 0] = readFileSync(`/proc/${this.pid}/statm`, 'latin1')
        .split(' ')
        .map(Number);
      if (resident > 0) this.#privateMb = ((resident - shared) * PAGE_BYTES) / 1024 / 1024;
    } catch {
      // It has just ended.
    }
  }

  #checkMemory(): void {
    this.#readMemory();
    const { memoryMb } = this.#options;
    const isWorn = this.#privateMb - this.#readyMb > memoryMb * MEMORY_WORN;
    this.#wornReadings = isWorn ? this.#wornReadings + 1 : 0;
    if (this.#privateMb <= memoryMb * MEMORY_SLACK) return;
    this.isOutOfMemory = true;
    this.kill();
  }
}
