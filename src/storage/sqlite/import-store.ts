import type { RecordStore } from '../../features/records/store.ts';
import type { RecordStoreDeps } from './record-store-deps.ts';
import { untilUnlocked } from './until-unlocked.ts';

/** What of a RecordStore writes many rows at once. */
export function createImports({
  writer,
  references,
  logs,
}: Pick<RecordStoreDeps, 'references' | 'writer' | 'logs'>): Pick<RecordStore, 'importRows'> {
  return {
    importRows: ({ by, ...request }, onProgress) =>
      logs.during(request.isDryRun ? [] : [request.collectionId], by, (log) =>
        untilUnlocked(() => {
          const { ownerId } = request;
          // Its sender may have been deleted while the file was read. The thread cannot know of that.
          const isOwnerInDoubt = ownerId !== null && references.mayBeRemoved(ownerId);
          const task = { kind: 'import_records', request, isOwnerInDoubt, log } as const;
          return writer.run(task, { onProgress });
        }),
      ),
  };
}
