import type { CrashCause } from './crash-watch.ts';
import { EXIT_FAILED } from './exit-codes.ts';

/** Those that a person or a supervisor sends to end a program that is beyond help. */
const FATAL_SIGNALS = ['SIGQUIT', 'SIGABRT', 'SIGXCPU'] as const satisfies NodeJS.Signals[];
/** A broken program may hang on its way out. */
const LAST_WORDS_MS = 2_000;
const RAISED_MS = 200;

/** Lets `report` run before the program ends of a fault, and ends it as it would have ended. */
export function watchCrashes(report: (cause: CrashCause) => Promise<void>): () => void {
  let isCrashing = false;
  const crash = (cause: CrashCause) => {
    if (isCrashing) return;
    isCrashing = true;
    setTimeout(() => end(cause), LAST_WORDS_MS);
    void report(cause).finally(() => end(cause));
  };
  const onException = (error: unknown) => crash({ kind: 'exception', error });
  const onRejection = (error: unknown) => crash({ kind: 'rejection', error });
  const onSignal = (signal: NodeJS.Signals) => crash({ kind: 'signal', signal });
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  for (const signal of FATAL_SIGNALS) process.on(signal, onSignal);
  return () => {
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
    for (const signal of FATAL_SIGNALS) process.off(signal, onSignal);
  };
}

/** By the signal itself, so that systemd and shells see it; by exit code 1 otherwise. */
function end(cause: CrashCause): void {
  if (cause.kind !== 'signal') process.exit(EXIT_FAILED);
  process.removeAllListeners(cause.signal);
  process.kill(process.pid, cause.signal);
  // The first process of a container is not ended by its own signals.
  setTimeout(() => process.exit(EXIT_FAILED), RAISED_MS);
}
