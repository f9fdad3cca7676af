import type { CliIo, Question } from '../../src/cli/output.ts';

export interface FakeIo extends CliIo {
  readonly stdout: string[];
  readonly stderr: string[];
  /** What was shown in place, line after line. */
  readonly statuses: string[];
  /** Questions that were asked. */
  readonly asked: Question[];
  /** Codes given to exitNow. */
  readonly exits: number[];
  /** What a signal would do. */
  signal(): void;
  /** Everything printed, as one text. */
  text(): string;
}

export interface FakeIoOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Given in order to the questions; their presence makes it a terminal. */
  readonly answers?: readonly string[];
  /** What stands in standard input. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** How wide it is. */
  readonly columns?: number;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A terminal in memory. */
export function createFakeIo({ cwd, env = {}, answers, input, columns }: FakeIoOptions): FakeIo {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const statuses: string[] = [];
  const asked: Question[] = [];
  const exits: number[] = [];
  const listeners = new Set<() => void>();
  const queue = [...(answers ?? [])];
  return {
    stdout,
    stderr,
    statuses,
    asked,
    exits,
    env: { ...env },
    cwd,
    isTerminal: answers !== undefined,
    hasColour: false,
    hasErrColour: false,
    columns,
    out: (text) => void stdout.push(text),
    err: (text) => void stderr.push(text),
    async write(text) {
      stdout.push(text);
      return true;
    },
    input: () => input ?? nothing(),
    status: (line) => void statuses.push(line),
    async ask(question) {
      asked.push(question);
      const answer = queue.shift() ?? '';
      const fault = question.findFault?.(answer);
      if (fault !== undefined) throw new Error(`refused: ${fault}`);
      return answer;
    },
    onStop(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onCrash: () => () => {},
    exitNow: (code) => void exits.push(code),
    signal() {
      for (const listener of listeners) listener();
    },
    text: () => [...stdout, ...stderr].join('\n'),
  };
}
