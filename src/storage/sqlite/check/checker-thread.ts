import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import type { DatabaseReport } from '../../../core/database-check.ts';
import { serveOneTask } from '../one-task.ts';
import { type CheckOptions, type CheckProgress, checkDatabase } from './check-database.ts';

export interface CheckTask {
  readonly path: string;
  /** Where the files of deployed functions are. */
  readonly deployments: string;
}

/** Runs in a thread of its own, for one check. */
export function runChecker(rules: CheckOptions['rules']): void {
  serveOneTask<CheckTask, DatabaseReport, CheckProgress>(({ path, deployments }, onProgress) =>
    checkDatabase({
      path,
      rules,
      clock: systemClock,
      hasDeployment: (id) => existsSync(join(deployments, id)),
      onProgress,
    }),
  );
}
