import { startHelper } from '../../../core/helper-program.ts';
import { installerEnv } from './installer-env.ts';

export interface RunOptions {
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the installer. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface InstallerEnd {
  readonly isOk: boolean;
  /** All that it said. */
  readonly lines: readonly string[];
}

/** A package manager that says more than this repeats itself. */
const MAX_LINES = 10_000;
// What the terminal would paint: ECMA-48.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for.
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** Runs the package manager that is inside this very program. */
export async function runInstaller({
  folder,
  args,
  env,
  signal,
  onLine,
}: RunOptions): Promise<InstallerEnd> {
  const { exited, outputs } = startHelper([process.execPath, ...args], {
    cwd: folder,
    env: installerEnv(env),
    signal,
  });
  const lines: string[] = [];
  const take = (line: string) => {
    const text = line.replace(COLOURS, '').trimEnd();
    if (text === '' || lines.length >= MAX_LINES) return;
    lines.push(text);
    onLine(text);
  };
  const [code] = await Promise.all([exited, ...outputs.map((chunks) => readLines(chunks, take))]);
  return { isOk: code === 0, lines };
}

async function readLines(
  chunks: AsyncIterable<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n|\r/);
    rest = parts.pop() ?? '';
    for (const line of parts) take(line);
  }
  take(rest);
}
