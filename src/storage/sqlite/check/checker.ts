import type { DatabaseReport } from '../../../core/database-check.ts';
import { type OneTaskOptions, runInThread } from '../one-task.ts';
import type { CheckProgress } from './check-database.ts';
import type { CheckTask } from './checker-thread.ts';

/** Checks a database in a thread: SQLite's own look at a big file is one statement, which Ctrl-C must end. */
export function checkInThread(
  task: CheckTask,
  options: OneTaskOptions<CheckProgress>,
): Promise<DatabaseReport> {
  return runInThread<CheckTask, DatabaseReport, CheckProgress>('checker', task, options);
}
