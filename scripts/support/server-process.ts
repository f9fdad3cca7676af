import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BINARY } from './paths.ts';

/** Far beyond what the slowest machine needs; only there so that a hang is told instead of waited for. */
const START_PATIENCE_MS = 300_000;
const POLL_MS = 5;

export interface ServerOptions {
  /** The working folder; a new temporary one when left out, removed at the end. */
  readonly dir?: string;
  readonly env?: Record<string, string>;
  /** Further arguments of `serve`. */
  readonly args?: readonly string[];
  readonly port?: number;
  /** Put before the binary, for example strace with its options. */
  readonly wrapper?: readonly string[];
}

/** A running `tinybase serve`, in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** The token of the one-time set-up link that the server printed, if it printed one. */
  readonly setupToken: string | undefined;
  /** Settles when the process has ended and all that it said was read, with its exit code. */
  readonly exited: Promise<number>;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<number>;
  /** Ends it at once, as a power cut would. */
  kill9(): Promise<void>;
  /** Starts again in the same folder on the same port, after kill9 or stop. */
  restart(): Promise<ServerProcess>;
}

/** What a command that ends by itself said. */
export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<Bun.Subprocess>();
const temporary = new Set<string>();
process.on('exit', cleanUp);

/** Ends every server still running and removes the temporary folders. `bun test` has no exit event. */
export function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL');
  for (const dir of temporary) rmSync(dir, { recursive: true, force: true });
  temporary.clear();
}

/** An empty folder that goes away with this process, unless `KEEP` is set. */
export function makeTemporaryFolder(purpose = 'e2e'): string {
  const dir = mkdtempSync(join(tmpdir(), `tinybase-${purpose}-`));
  if (process.env.KEEP === undefined) temporary.add(dir);
  return dir;
}

/**
 * Below those that systems give to connections and to listeners that name none: 32768 and 49152. Above
 * 10080, the last that browsers refuse to open.
 */
const FIRST_PORT = 11_000;
/** For a test process: `bun test` numbers those that run side by side, and is the parent of all. */
const PORTS_EACH = 200;
const OWN_FIRST_PORT =
  FIRST_PORT +
  ((process.ppid % 25) * 4 + (Number(process.env.JEST_WORKER_ID ?? 1) % 4)) * PORTS_EACH;
let portsGiven = Math.floor(Math.random() * PORTS_EACH);

/**
 * A port that nobody listens on, and that nobody else is given until a server listens there, which takes
 * seconds on a busy machine, nor while it is started again.
 */
export function findFreePort(): number {
  for (let tries = 0; tries < PORTS_EACH; tries++) {
    const port = OWN_FIRST_PORT + (portsGiven++ % PORTS_EACH);
    try {
      Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody listens there.
    }
  }
  throw new Error(`No port from ${OWN_FIRST_PORT} to ${OWN_FIRST_PORT + PORTS_EACH - 1} is free`);
}

/** Starts the server and answers when it answers. Throws with all it said when it ends before that. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dir = options.dir ?? makeTemporaryFolder();
  const port = options.port ?? findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const command = [
    ...(options.wrapper ?? []),
    BINARY,
    'serve',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    ...(options.args ?? []),
  ];
  const child = spawnIn(dir, command, options.env);
  const output = readOutput(child);
  try {
    await waitUntilItAnswers(url, child, output);
  } catch (error) {
    // Another program was quicker: any other port is as good, unless the caller wants this one.
    const isTaken = output.stderr().includes(`Port ${port} is already in use`);
    if (isTaken && options.port === undefined) return startServer({ ...options, dir });
    throw error;
  }
  // What it said last may be read later than its end is heard of.
  const exited = child.exited.then(async (code) => {
    await output.done;
    return code;
  });
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    port,
    dir,
    pid: child.pid,
    exited,
    stdout: output.stdout,
    stderr: output.stderr,
    get setupToken() {
      return /#\/setup\?token=([\w-]+)/.exec(output.stdout() + output.stderr())?.[1];
    },
    stop: () => stop('SIGTERM'),
    kill9: async () => {
      await stop('SIGKILL');
    },
    restart: async () => {
      await exited;
      return startServer({ ...options, dir, port });
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) await stop('SIGKILL');
      if (options.dir === undefined && temporary.delete(dir)) {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

/** Runs a `tinybase` command that ends by itself. */
export async function runBinary(
  args: readonly string[],
  options: Pick<ServerOptions, 'dir' | 'env' | 'wrapper'> = {},
): Promise<CommandOutcome> {
  const command = [...(options.wrapper ?? []), BINARY, ...args];
  const child = spawnIn(options.dir ?? makeTemporaryFolder(), command, options.env);
  const output = readOutput(child);
  const code = await child.exited;
  await output.done;
  return { code, stdout: output.stdout(), stderr: output.stderr() };
}

function spawnIn(dir: string, command: readonly string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([...command], {
    cwd: dir,
    // Nothing of the tester's own settings may reach the server.
    env: { PATH: process.env.PATH ?? '', HOME: dir, NO_COLOR: '1', TZ: 'UTC', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  running.add(child);
  void child.exited.then(() => running.delete(child));
  return child;
}

function readOutput(child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>) {
  const text = { stdout: '', stderr: '' };
  const read = async (stream: ReadableStream<Uint8Array>, name: 'stdout' | 'stderr') => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) text[name] += decoder.decode(chunk, { stream: true });
  };
  const done = Promise.all([read(child.stdout, 'stdout'), read(child.stderr, 'stderr')]);
  return { stdout: () => text.stdout, stderr: () => text.stderr, done };
}

async function waitUntilItAnswers(
  url: string,
  child: Bun.Subprocess,
  output: ReturnType<typeof readOutput>,
): Promise<void> {
  const deadline = performance.now() + START_PATIENCE_MS;
  while (child.exitCode === null && child.signalCode === null) {
    // The welcome, with the set-up link in it, is printed once the port is open.
    if (output.stdout().includes('/admin') && (await answers(`${url}/health`))) return;
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The server never answered.\n${output.stdout()}${output.stderr()}`);
    }
    await Bun.sleep(POLL_MS);
  }
  await output.done;
  throw new Error(
    `The server ended with ${child.exitCode ?? child.signalCode} instead of starting.\n${output.stdout()}${output.stderr()}`,
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
