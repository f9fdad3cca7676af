import type { AppOptions, AppParts } from './app-parts.ts';
import { systemClock } from './core/clock.ts';
import { cleanUpTokens } from './features/auth/token-clean-up.ts';
import { createLoop, type Loop, type LoopJob } from './features/schedules/loop.ts';

const HOUR_SECONDS = 3_600;

/** What the server does by the clock: schedules, clean-ups, and what is added here. */
export function createServerLoop(
  parts: AppParts,
  { config, logger, clock = systemClock }: AppOptions,
): Loop {
  const { storage, audit, backups, functions, scheduler } = parts;
  const { enabled, interval_seconds, token_cleanup_interval } = config.scheduler;
  const hourly = Math.ceil(HOUR_SECONDS / interval_seconds);
  const jobs: LoopJob[] = [
    {
      name: 'clean-up of tokens',
      everyTicks: token_cleanup_interval,
      run: (signal) => cleanUpTokens({ tokens: storage.tokens, clock, logger, signal }),
    },
    {
      name: 'look for old password hashes',
      everyTicks: 24 * hourly,
      run: storage.hashRecipes.dropUnused,
    },
    { name: 'clean-up of calls', everyTicks: hourly, run: functions.cleanUp },
    { name: 'backups', everyTicks: 1, run: backups.runDue },
    { name: 'late entries of the audit log', everyTicks: 1, run: audit.noteLate },
    { name: 'clean-up of the audit log', everyTicks: hourly, run: audit.cleanUp },
  ];
  if (enabled) jobs.unshift({ name: 'schedules', everyTicks: 1, run: scheduler.runDue });
  return createLoop({ jobs, intervalMs: interval_seconds * 1_000, logger });
}
