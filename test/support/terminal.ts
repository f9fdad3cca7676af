import { BINARY } from '../../scripts/support/paths.ts';
import { until } from './until.ts';

/** ECHO and ICANON of termios(3), as Linux and macOS number them. */
const [ECHO, LINES] = process.platform === 'darwin' ? [0x8, 0x100] : [0x8, 0x2];

export interface TerminalOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program with a terminal of its own, and somebody who types into it. */
export function openTerminal(command: readonly string[], { cwd, env = {} }: TerminalOptions) {
  let raw = '';
  const decoder = new TextDecoder();
  const isRead = Promise.withResolvers<void>();
  const child = Bun.spawn([...command], {
    cwd,
    env: { PATH: process.env.PATH, TERM: 'xterm', HOME: cwd, LC_ALL: 'C.UTF-8', ...env },
    terminal: {
      cols: 200,
      rows: 50,
      data: (_, bytes) => {
        raw += decoder.decode(bytes, { stream: true });
      },
      // Once nobody has it open who could write, and all of it was read.
      exit: () => isRead.resolve(),
    },
  });
  const { terminal } = child;
  if (!terminal) throw new Error('This system gives no terminal');
  // What was written last may come after the end.
  const exited = isRead.promise.then(() => child.exited);
  const screen = () => Bun.stripANSI(raw);
  return {
    /** All that was written so far, without colours and movements. */
    screen,
    /** The same with them. */
    raw: () => raw,
    type: (text: string) => void terminal.write(text),
    async until(wanted: string | RegExp): Promise<void> {
      const isShown = () =>
        typeof wanted === 'string' ? screen().includes(wanted) : wanted.test(screen());
      await until(isShown, String(wanted)).catch((error: Error) => {
        throw new Error(`${error.message}\n${screen()}`);
      });
    },
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Settles when the program has ended and all that it wrote was read, with its exit code. */
    exited,
    /** What is typed is shown again, and read line by line. */
    isRestored: () => (terminal.localFlags & (ECHO | LINES)) === (ECHO | LINES),
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill('SIGKILL');
      await child.exited;
      terminal.close();
    },
  };
}

/** The compiled program in a terminal. */
export function typeInto(args: readonly string[], options: TerminalOptions) {
  return openTerminal([BINARY, ...args], options);
}
