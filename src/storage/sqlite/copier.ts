import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { DatabaseCopier } from '../../features/backups/store.ts';
import type { CopierResult, CopierTask } from './copier-thread.ts';
import {
  type CopyTask,
  expectedBytes,
  filePart,
  makePart,
  nameCopy,
  openToRead,
  removePart,
} from './copy-database.ts';
import { runInThread } from './one-task.ts';

const WATCH_EVERY_MS = 200;

/** Copies and looks at whole databases in a thread each, so that nobody waits for it. */
export function createCopier(): DatabaseCopier {
  return {
    async copy({ source, target, mayReplace, signal, onProgress = () => {} }) {
      const part = `${target}.${randomBytes(4).toString('hex')}.part`;
      const task: CopyTask = { kind: 'copy', source, target, part, mayReplace };
      makePart(task);
      const stopWatching = watch(filePart(part), readExpected(source), onProgress);
      try {
        const copied = await run(task, signal).finally(stopWatching);
        await nameCopy(task);
        return copied;
      } finally {
        removePart(part);
      }
    },
    inspect: (path, signal) => run({ kind: 'inspect', path }, signal),
  };
}

/** The kind of the result goes with the kind of the task; see copier-thread.ts. */
function run<Task extends CopierTask>(task: Task, signal: AbortSignal | undefined) {
  return runInThread<Task, CopierResult<Task>>('copier', task, { signal });
}

/** Tells how much of a copy is written, from 0 to 1. SQLite itself says nothing before it is done. */
function watch(file: string, expected: number, onProgress: (done: number) => void): () => void {
  const timer = setInterval(() => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > 0 && expected > 0) onProgress(Math.min(1, size / expected));
  }, WATCH_EVERY_MS);
  return () => clearInterval(timer);
}

/** 0 where it cannot be told; what is wrong is said by the copy itself. */
function readExpected(source: string): number {
  try {
    const db = openToRead(source);
    try {
      return expectedBytes(db);
    } finally {
      db.close();
    }
  } catch {
    return 0;
  }
}
