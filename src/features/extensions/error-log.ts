import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { ExtensionFault } from './installed.ts';
import type { ExtensionStore, NewExtensionError } from './store.ts';

/** Of each extension. */
const KEPT = 100;
const FLUSH_MS = 500;
const MAX_MESSAGE = 2_000;
const MAX_STACK = 8_000;

export interface ErrorLogDeps {
  readonly store: Pick<ExtensionStore, 'addErrors'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the last errors of each extension. One that fails at every request costs a write now and then. */
export function createErrorLog({ store, clock, logger }: ErrorLogDeps) {
  const waiting = new Map<string, NewExtensionError[]>();
  let timer: Timer | undefined;
  let writing: Promise<void> = Promise.resolve();

  /** Who comes while it is being written waits for that too: it is not there to be read before. */
  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  }

  async function write(): Promise<void> {
    const errors = [...waiting.values()].flat();
    waiting.clear();
    if (errors.length === 0) return;
    try {
      await store.addErrors(errors, KEPT);
    } catch (error) {
      logger.error('Errors of extensions cannot be kept', { error });
    }
  }

  return {
    add({ extension, event, message, stack }: ExtensionFault): void {
      const errors = waiting.get(extension) ?? [];
      waiting.set(extension, errors);
      if (errors.length >= KEPT) errors.shift();
      errors.push({
        extension,
        event,
        created_at: toTimestamp(clock.now()),
        message: message.slice(0, MAX_MESSAGE),
        stack: stack?.slice(0, MAX_STACK) ?? null,
      });
      timer ??= setTimeout(() => void flush(), FLUSH_MS);
    },
    /** Writes what is waiting; whoever reads does this first. Never throws. */
    flush,
  };
}
