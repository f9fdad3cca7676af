import { AppError } from '../../core/errors.ts';
import type { RecordStore } from '../../features/records/store.ts';
import type { RecordStoreDeps } from './record-store-deps.ts';

/** Another program may be importing too: its rows go first. Nothing has been written until then. */
const MAX_WAIT_MS = 60_000;
const RETRY_MS = 100;

/** What of a RecordStore writes many rows at once. */
export function createImports({
  writer,
  references,
}: Pick<RecordStoreDeps, 'references' | 'writer'>): Pick<RecordStore, 'importRows'> {
  return {
    async importRows(request, onProgress) {
      const deadline = performance.now() + MAX_WAIT_MS;
      for (;;) {
        try {
          const { ownerId } = request;
          // Its sender may have been deleted while the file was read. The thread cannot know of that.
          const isOwnerInDoubt = ownerId !== null && references.mayBeRemoved(ownerId);
          const task = { kind: 'import_records', request, isOwnerInDoubt } as const;
          return await writer.run(task, { onProgress });
        } catch (error) {
          if (!isLocked(error) || performance.now() >= deadline) throw error;
          // Others write in between: they wait as long as the lock is waited for.
          await Bun.sleep(RETRY_MS);
        }
      }
    },
  };
}

/** Another program had the lock all the time: no error of the thread says so but in SQLite's own words. */
function isLocked(error: unknown): boolean {
  return (
    error instanceof AppError &&
    error.code === 'unavailable' &&
    error.cause instanceof Error &&
    error.cause.message === 'database is locked'
  );
}
