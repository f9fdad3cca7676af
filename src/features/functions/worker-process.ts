import { readFileSync } from 'node:fs';
import type { Logger } from '../../core/logger.ts';
import { parseToServer } from '../../protocol/codec.ts';
import { PROTOCOL_VERSION, type ToServer, type ToWorker } from '../../protocol/messages.ts';
import type { Job } from './job.ts';
import type { SpawnWorker, WorkerChild } from './spawn-worker.ts';
import { readOutput } from './worker-output.ts';

/** A worker that leaves a ping unanswered for this long gets no new call. */
const SILENT_AFTER_MS = 250;
const MAX_BAD_MESSAGES = 1_000;
const BAD_MESSAGES_LOGGED = 5;
/** Room above the limit before the poll steps in, which is only the backstop of the system's own limit. */
const MEMORY_SLACK = 1.25;
/** From this share of the limit on, a worker that died is taken to have died of it. */
const MEMORY_SUSPECT = 0.6;
const PAGE_BYTES = 4_096;

export interface WorkerOptions {
  readonly spawn: SpawnWorker;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly files: readonly string[];
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
  timer: Timer | undefined;
}

/** One child process and the calls that it has. */
export class WorkerProcess {
  readonly calls = new Map<number, Entry>();
  state: 'loading' | 'ready' | 'retiring' | 'dead' = 'loading';
  hasLoaded = false;
  /** It leaves pings unanswered: something holds its event loop. */
  isSilent = false;
  /** While loading: the file that it is at, and since when. */
  loadingFile: string | undefined;
  progressAt = performance.now();
  readyAt = 0;
  /** A retiring worker is ended then at the latest. */
  retireBy = Number.POSITIVE_INFINITY;
  openAsks = 0;
  isOutOfMemory = false;
  wasKilled = false;
  /** The call that said it ends the process; null: some code of no call did. */
  exitingCall: number | null | undefined;
  readonly #options: WorkerOptions;
  readonly #child: WorkerChild;
  #pingedAt: number | undefined;
  #pings = 0;
  #badMessages = 0;
  #privateMb = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#child = options.spawn({
      env: options.env,
      memoryMb: options.memoryMb,
      onMessage: (raw) => this.#receive(raw),
      onExit: (code, signal) => {
        this.state = 'dead';
        options.onExit(this, signal ? `signal ${signal}` : `exit code ${code}`);
      },
    });
    for (const stream of this.#child.outputs)
      void readOutput(stream, (line) => {
        if (/out of memory/i.test(line)) this.isOutOfMemory = true;
        options.logger.info(line, { worker: this.pid });
      });
    this.send({ kind: 'load', version: PROTOCOL_VERSION, files: options.files });
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

  kill(): void {
    this.wasKilled = true;
    if (this.state !== 'dead') this.#child.kill();
  }

  /** Called ten times a second while it has calls; `isLate` says that the server was busy itself. */
  check(now: number, isLate: boolean): void {
    if (this.#pingedAt === undefined) {
      this.#pingedAt = now;
      this.send({ kind: 'ping', n: ++this.#pings });
    } else if (!isLate && now - this.#pingedAt > SILENT_AFTER_MS) this.isSilent = true;
    this.#checkMemory();
  }

  #receive(raw: unknown): void {
    const message = parseToServer(raw);
    if (!message) this.#onBadMessage();
    else if (message.kind === 'pong') {
      if (message.n === this.#pings) {
        this.#pingedAt = undefined;
        this.isSilent = false;
      }
      this.#options.onMessage(this, message);
    } else this.#options.onMessage(this, message);
  }

  #onBadMessage(): void {
    this.#badMessages++;
    const { logger } = this.#options;
    if (this.#badMessages <= BAD_MESSAGES_LOGGED)
      logger.warning('A worker sent a message that is none; it was dropped', { worker: this.pid });
    if (this.#badMessages === MAX_BAD_MESSAGES) {
      logger.error('A worker floods the server with messages; it is ended', { worker: this.pid });
      this.kill();
    }
  }

  #checkMemory(): void {
    if (process.platform !== 'linux') return;
    try {
      const [, resident = 0, shared = 0] = readFileSync(`/proc/${this.pid}/statm`, 'latin1')
        .split(' ')
        .map(Number);
      // A process that is just dying shows nothing; what was seen before it counts.
      if (resident === 0) return;
      this.#privateMb = ((resident - shared) * PAGE_BYTES) / 1024 / 1024;
    } catch {
      // It has just ended.
      return;
    }
    if (this.#privateMb <= this.#options.memoryMb * MEMORY_SLACK) return;
    this.isOutOfMemory = true;
    this.kill();
  }
}
