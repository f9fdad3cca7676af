import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { IS_COMPILED } from '../../lib/is-compiled.ts';
import { Outbox, readFrame } from '../../protocol/frames.ts';
import type { ToWorker } from '../../protocol/messages.ts';
import { forbidCoreDump, limitMemory } from './memory-limit.ts';

/** A running child, as far as the pool needs to know it. */
export interface WorkerChild {
  readonly pid: number;
  send(message: ToWorker): void;
  /** Ends it at once, whatever it does, and what it has started. */
  kill(): void;
  /** It has loaded everything: what it takes from now on is the functions' own doing. */
  onReady(): void;
  /** Its output: lines that belong to no call. */
  readonly outputs: readonly ReadableStream<Uint8Array>[];
}

interface SpawnOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly onMessage: (message: unknown) => void;
  /** Comes last: after everything that it had said. */
  readonly onExit: (code: number | null, signal: string | number | null) => void;
}

export type SpawnWorker = (options: SpawnOptions) => WorkerChild;

/** The command line that starts this same program as a worker. */
function workerCommand(): readonly string[] {
  if (IS_COMPILED) return [process.execPath, '__worker'];
  const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
  // Like in the compiled program, a package that is missing is an error and no download.
  return [process.execPath, '--no-env-file', '--no-install', main, '__worker'];
}

const SHELL = '/bin/sh';
/** What Bun itself reserves before the first line of user code runs; its threads take a share each. */
const BASE_MB = 192 + 16 * availableParallelism();
/** Its pipe closes with it, except when something that it started holds on to it. */
const LAST_WORDS_MS = 200;
/** Messages of one turn that wait for a common frame: with more the worker would idle meanwhile. */
const MAX_PER_FRAME = 8;

interface SpawnWorkerOptions {
  readonly command?: readonly string[];
  /** Looked for there; an image with nothing but the program has none. */
  readonly shell?: string;
}

export function createSpawnWorker({
  command = workerCommand(),
  shell = SHELL,
}: SpawnWorkerOptions = {}): SpawnWorker {
  const hasShell = process.platform !== 'win32' && existsSync(shell);
  return ({ env, memoryMb, onMessage, onExit }) => {
    // The limit must stand before the program starts; only a shell can set it on itself and go on.
    const limit = `ulimit -d ${(memoryMb + BASE_MB) * 1024} 2>/dev/null; ulimit -c 0; ${'PWD' in env ? '' : 'unset PWD; '}exec "$0" "$@"`;
    let sayEnd: (() => void) | undefined;
    let isConnected = true;
    const child = Bun.spawn(hasShell ? [shell, '-c', limit, ...command] : [...command], {
      // A killed server must not leave a spinning worker behind.
      env: { ...env, BUN_OPTIONS: '--no-orphans' },
      stdio: ['ignore', 'pipe', 'pipe'],
      serialization: 'advanced',
      // A group of its own: it ends with all that it started, and Ctrl-C in a terminal is not for it.
      detached: true,
      ipc(frame) {
        for (const message of readFrame(frame)) onMessage(message);
      },
      onDisconnect() {
        isConnected = false;
        sayEnd?.();
      },
      onExit(exited, code) {
        killGroup(exited.pid);
        let isSaid = false;
        sayEnd = () => {
          if (isSaid) return;
          isSaid = true;
          onExit(code, exited.signalCode);
        };
        if (isConnected) setTimeout(sayEnd, LAST_WORDS_MS);
        else sayEnd();
      },
    });
    if (!hasShell) forbidCoreDump(child.pid);
    const outbox = new Outbox<ToWorker>((frame) => {
      try {
        child.send(frame);
      } catch {
        // The pipe is closed but the end of the process was not told yet: onExit will come.
      }
    });
    return {
      pid: child.pid,
      send(message) {
        const waiting = outbox.add(message);
        if (waiting === 1) setImmediate(() => outbox.flush());
        else if (waiting >= MAX_PER_FRAME) outbox.flush();
      },
      kill() {
        child.kill('SIGKILL');
        killGroup(child.pid);
      },
      onReady() {
        if (!hasShell) limitMemory(child.pid, memoryMb);
      },
      outputs: [child.stdout, child.stderr],
    };
  };
}

function killGroup(pid: number): void {
  if (process.platform === 'win32') return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
