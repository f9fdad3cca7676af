import { ROOT } from './paths.ts';

export interface CommandResult {
  readonly code: number;
  /** Standard output and standard error, in the order they came per stream. */
  readonly output: string;
  readonly stdout: string;
  readonly seconds: number;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string | undefined>;
  /** Also show the output while the command runs. */
  readonly echo?: boolean;
}

/** Runs a program to its end. Its exit code is an answer, not an exception. */
export async function runCommand(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const started = performance.now();
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const chunks: string[] = [];
  const out: string[] = [];
  await Promise.all([
    collect(child.stdout, (text) => {
      chunks.push(text);
      out.push(text);
      if (options.echo) process.stdout.write(text);
    }),
    collect(child.stderr, (text) => {
      chunks.push(text);
      if (options.echo) process.stderr.write(text);
    }),
  ]);
  const code = await child.exited;
  return {
    code,
    output: chunks.join(''),
    stdout: out.join(''),
    seconds: (performance.now() - started) / 1000,
  };
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

/** Bun itself as the runtime of a JavaScript tool, so that Node is not needed. */
export function bunRun(script: string, ...args: readonly string[]): string[] {
  return [process.execPath, script, ...args];
}

/** A program on the PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  return Bun.which(name) ?? undefined;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
