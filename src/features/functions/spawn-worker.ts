import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { ownCommand, spawnOwnProcess } from '../../core/own-process.ts';
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

const SHELL = '/bin/sh';
/** What Bun itself reserves before the first line of user code runs; its threads take a share each. */
const BASE_MB = 192 + 16 * availableParallelism();
/** Messages of one turn that wait for a common frame: with more the worker would idle meanwhile. */
const MAX_PER_FRAME = 8;

interface SpawnWorkerOptions {
  readonly command?: readonly string[];
  /** Looked for there; an image with nothing but the program has none. */
  readonly shell?: string;
}

export function createSpawnWorker({
  command = ownCommand('__worker'),
  shell = SHELL,
}: SpawnWorkerOptions = {}): SpawnWorker {
  const hasShell = process.platform !== 'win32' && existsSync(shell);
  return ({ env, memoryMb, onMessage, onExit }) => {
    // The limit must stand before the program starts; only a shell can set it on itself and go on.
    const limit = `ulimit -d ${(memoryMb + BASE_MB) * 1024} 2>/dev/null; ulimit -c 0; ${'PWD' in env ? '' : 'unset PWD; '}exec "$0" "$@"`;
    const child = spawnOwnProcess({
      command: hasShell ? [shell, '-c', limit, ...command] : command,
      // `() => process.exit()` would else leave no trace on the stack of where it stands.
      env: { ...env, BUN_JSC_useTailCalls: '0' },
      onFrame(frame) {
        for (const message of readFrame(frame)) onMessage(message);
      },
      onExit,
    });
    if (!hasShell) forbidCoreDump(child.pid);
    const outbox = new Outbox<ToWorker>(child.send);
    return {
      pid: child.pid,
      send(message) {
        const waiting = outbox.add(message);
        if (waiting === 1) setImmediate(() => outbox.flush());
        else if (waiting >= MAX_PER_FRAME) outbox.flush();
      },
      kill: child.kill,
      onReady() {
        if (!hasShell) limitMemory(child.pid, memoryMb);
      },
      outputs: child.outputs,
    };
  };
}
