import { closeSync, openSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IS_COMPILED } from '../lib/is-compiled.ts';
import { killGroup } from '../lib/kill-group.ts';

/** A child that is this same program, with a pipe to it. */
export interface OwnProcess {
  readonly pid: number;
  /** Does nothing when the pipe is closed. */
  send(frame: unknown): void;
  /** Ends it at once, whatever it does, and what it has started. */
  kill(): void;
  readonly outputs: readonly ReadableStream<Uint8Array>[];
}

export interface OwnProcessOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly onFrame: (frame: unknown) => void;
  /** Comes last: after everything that it had said. */
  readonly onExit: (code: number | null, signal: string | number | null) => void;
}

/** Its pipe closes with it, except when something that it started holds on to it. */
const LAST_WORDS_MS = 200;

/** The command line that starts this same program as another kind; see main.ts. */
export function ownCommand(kind: '__worker' | '__extensions'): readonly string[] {
  if (IS_COMPILED) return [process.execPath, kind];
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  // Like in the compiled program, a package that is missing is an error and no download.
  return [process.execPath, '--no-env-file', '--no-install', main, kind];
}

export function spawnOwnProcess({ command, env, onFrame, onExit }: OwnProcessOptions): OwnProcess {
  let sayEnd: (() => void) | undefined;
  let isConnected = true;
  const old = openWhenReplaced();
  // The first descriptor after the three that each process has.
  const program = old === undefined ? process.execPath : '/proc/self/fd/3';
  const words = command.map((word) => (word === process.execPath ? program : word));
  const child = Bun.spawn(words, {
    // A killed server must not leave a spinning child behind.
    env: { ...env, BUN_OPTIONS: '--no-orphans' },
    stdio: ['ignore', 'pipe', 'pipe', ...(old === undefined ? [] : [old])],
    serialization: 'advanced',
    // A group of its own: it ends with all that it started, and Ctrl-C in a terminal is not for it.
    detached: true,
    ipc: onFrame,
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
  if (old !== undefined) closeSync(old);
  return {
    pid: child.pid,
    send(frame) {
      try {
        child.send(frame);
      } catch {
        // The pipe is closed but the end of the process was not told yet: onExit will come.
      }
    },
    kill() {
      child.kill('SIGKILL');
      killGroup(child.pid);
    },
    outputs: [child.stdout, child.stderr],
  };
}

/**
 * An update has put another program in the place of this one, which goes on until it is started again,
 * and so must its children: a descriptor of what runs here. Only Linux leads to it without its name.
 */
function openWhenReplaced(): number | undefined {
  if (!IS_COMPILED || process.platform !== 'linux') return undefined;
  try {
    const here = statSync('/proc/self/exe');
    const there = statSync(process.execPath, { throwIfNoEntry: false });
    if (there?.ino === here.ino && there.dev === here.dev) return undefined;
    return openSync('/proc/self/exe', 'r');
  } catch {
    // As without /proc.
    return undefined;
  }
}
