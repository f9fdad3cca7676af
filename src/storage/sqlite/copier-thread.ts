import type { CopiedDatabase, InspectedDatabase } from '../../features/backups/store.ts';
import { type CopyTask, copyDatabase } from './copy-database.ts';
import { type InspectTask, inspectDatabase } from './inspect-database.ts';
import { serveOneTask } from './one-task.ts';

export type CopierTask = CopyTask | InspectTask;

interface Results {
  readonly copy: CopiedDatabase;
  readonly inspect: InspectedDatabase;
}
export type CopierResult<Task extends CopierTask> = Results[Task['kind']];

/** Runs in a thread of its own, for one task. */
export function runCopier(): void {
  serveOneTask<CopierTask, CopierResult<CopierTask>>((task) => {
    switch (task.kind) {
      case 'copy':
        return copyDatabase(task);
      case 'inspect':
        return inspectDatabase(task);
      default:
        return task satisfies never;
    }
  });
}
