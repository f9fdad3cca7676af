import { killGroup } from '../lib/kill-group.ts';

export interface HelperOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends it, and all that it has started. */
  readonly signal?: AbortSignal | undefined;
  /** So does this much time. */
  readonly timeoutMs?: number;
}

const LAST_WORDS_MS = 1_000;

const running = new Set<() => void>();
/** Whoever exits without waiting for them leaves nobody behind. */
const endAll = () => {
  for (const end of running) end();
};

export interface Helper {
  /** With its exit code. */
  readonly exited: Promise<number>;
  /** What it says, and what it complains of. */
  readonly outputs: readonly [AsyncIterable<Uint8Array>, AsyncIterable<Uint8Array>];
}

/**
 * Starts another program that does a piece of work for this one, and is asked nothing. Its process group is
 * its own: Ctrl-C in a terminal is for the one who started it, which then says why it ended.
 */
export function startHelper(
  command: readonly string[],
  { cwd, env, signal, timeoutMs }: HelperOptions,
): Helper {
  const child = Bun.spawn([...command], {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...env } }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  const end = () => {
    child.kill('SIGKILL');
    killGroup(child.pid);
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  if (running.size === 0) process.on('exit', endAll);
  running.add(end);
  void child.exited.then(() => {
    clearTimeout(timer);
    running.delete(end);
    if (running.size === 0) process.off('exit', endAll);
    signal?.removeEventListener('abort', end);
  });
  const { exited } = child;
  return { exited, outputs: [heardOf(child.stdout, exited), heardOf(child.stderr, exited)] };
}

/**
 * What a helper says, up to its end and a moment of silence after that: what it has left behind may hold on
 * to its output for long, as the connection that ssh keeps open for the next one (ControlPersist).
 */
async function* heardOf(
  stream: ReadableStream<Uint8Array>,
  exited: Promise<unknown>,
): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  const silence = Promise.withResolvers<{ readonly done: true; readonly value?: undefined }>();
  let timer: Timer | undefined;
  void exited.then(() => {
    timer = setTimeout(() => silence.resolve({ done: true }), LAST_WORDS_MS);
    timer.unref();
  });
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), silence.promise]);
      if (done) return;
      timer?.refresh();
      yield value;
    }
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
}

/** Starts one and waits for its end, with all that it said. */
export async function askHelper(
  command: readonly string[],
  options: HelperOptions,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { exited, outputs } = startHelper(command, options);
  const [code, out, err] = await Promise.all([exited, readText(outputs[0]), readText(outputs[1])]);
  return { code, out, err };
}

async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(chunks)).toString('utf8');
}
