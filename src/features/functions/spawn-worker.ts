import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { IS_COMPILED } from '../../lib/is-compiled.ts';
import type { ToWorker } from '../../protocol/messages.ts';

/** A running child, as far as the pool needs to know it. */
export interface WorkerChild {
  readonly pid: number;
  send(message: ToWorker): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Its output: lines that belong to no call. */
  readonly outputs: readonly ReadableStream<Uint8Array>[];
}

interface SpawnOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly onMessage: (message: unknown) => void;
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

export function createSpawnWorker(command: readonly string[] = workerCommand()): SpawnWorker {
  const hasShell = process.platform !== 'win32' && existsSync(SHELL);
  return ({ env, memoryMb, onMessage, onExit }) => {
    // The limit must stand before the program starts; only a shell can set it on itself and go on.
    const limit = `ulimit -d ${(memoryMb + BASE_MB) * 1024} 2>/dev/null; ulimit -c 0; ${'PWD' in env ? '' : 'unset PWD; '}exec "$0" "$@"`;
    const child = Bun.spawn(hasShell ? [SHELL, '-c', limit, ...command] : [...command], {
      // A killed server must not leave a spinning worker behind.
      env: { ...env, BUN_OPTIONS: '--no-orphans' },
      stdio: ['ignore', 'pipe', 'pipe'],
      serialization: 'advanced',
      ipc: onMessage,
      onExit: (exited, code) => onExit(code, exited.signalCode),
    });
    return {
      pid: child.pid,
      send: (message) => void child.send(message),
      kill: () => child.kill('SIGKILL'),
      outputs: [child.stdout, child.stderr],
    };
  };
}
