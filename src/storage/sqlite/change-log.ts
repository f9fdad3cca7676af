import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Origin } from '../../core/origin.ts';
import { openSpool } from '../../core/spool.ts';
import type { ChangeFeed, RecordChanged } from './change-feed.ts';
import { openSpoolFile } from './spool-file.ts';

/** Somebody outside of the database who wants to hear of changes. */
export interface ChangeListener {
  onChange(change: RecordChanged): void;
  /** Whether they want those of this collection. Asked before many are made at once. */
  wants(collectionId: string): boolean;
  /** Waits until they can take some more. */
  room(): Promise<void>;
}

/** What a thread is told to note, and where. */
export interface ChangeLog {
  readonly file: string;
  readonly collectionIds: readonly string[];
}

type Noted = Omit<RecordChanged, 'n' | 'by'>;

/** Brings changes that were made in a thread to those who listen, through a file: they may be very many. */
export interface ChangeLogs {
  listen(listener: ChangeListener): void;
  /** Runs what makes the changes, with a log when somebody wants to hear of them, and tells of them afterwards. */
  during<T>(
    collectionIds: readonly string[],
    by: Origin | undefined,
    run: (log: ChangeLog | undefined) => Promise<T>,
  ): Promise<T>;
}

const FLUSH_CHARS = 256 * 1024;
/** So many are told of before others have their turn. */
const BATCH = 200;

export function createChangeLogs({
  path,
  onError,
}: {
  /** Of the database. */
  readonly path: string;
  readonly onError: (error: unknown) => void;
}): ChangeLogs {
  const folder = path === ':memory:' ? tmpdir() : dirname(path);
  const listeners: ChangeListener[] = [];

  async function tell(file: string, by: Origin | undefined): Promise<void> {
    const log = openSpoolFile<Noted>(file);
    try {
      let count = 0;
      for (const { row } of log.rows()) {
        if (count++ % BATCH === 0) for (const listener of listeners) await listener.room();
        for (const listener of listeners) listener.onChange({ n: count, ...row, by });
      }
    } finally {
      log.close();
    }
  }

  return {
    listen: (listener) => void listeners.push(listener),

    async during(collectionIds, by, run) {
      const wanted = collectionIds.filter((id) => listeners.some((one) => one.wants(id)));
      if (wanted.length === 0) return run(undefined);
      const spool = await openSpool<never>(folder);
      await spool.finish();
      const log = { file: spool.path, collectionIds: wanted };
      let hasRun = false;
      try {
        const result = await run(log);
        hasRun = true;
        // Whoever made the changes need not wait until all have heard.
        void tell(spool.path, by)
          .catch(onError)
          .then(() => spool.remove())
          .catch(onError);
        return result;
      } finally {
        if (!hasRun) await spool.remove();
      }
    },
  };
}

export interface OpenChangeLog extends Pick<ChangeFeed, 'append'> {
  /** What was noted is taken back. */
  clear(): void;
  close(): void;
}

/** In the thread: notes the changes of its transaction. They are told of when that is on disk. */
export function openChangeLog(log: ChangeLog | undefined): OpenChangeLog {
  if (!log) return { append: () => {}, clear: () => {}, close: () => {} };
  const wanted = new Set(log.collectionIds);
  // Emptied: a task may be tried again.
  const file = openSync(log.file, 'w');
  let text = '';
  const flush = () => {
    writeSync(file, text);
    text = '';
  };
  return {
    append(change) {
      if (!wanted.has(change.collectionId)) return;
      const { by: _, ...noted } = change;
      text += `${JSON.stringify(noted satisfies Noted)}\n`;
      if (text.length >= FLUSH_CHARS) flush();
    },
    clear() {
      text = '';
      ftruncateSync(file);
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}
