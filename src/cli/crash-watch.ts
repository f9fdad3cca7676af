import type { Config } from '../core/config.ts';
import type { RecentLine } from '../core/crash/recent-lines.ts';
import type { Logger } from '../core/logger.ts';
import { readSqliteVersion } from './sqlite-version.ts';
import { VERSION } from './version.ts';

/** What ended the program without being asked for; the process of the extensions is started anew. */
export type CrashCause =
  | { readonly kind: 'extensions'; readonly signal: string }
  | { readonly kind: 'exception' | 'rejection' | 'failed start'; readonly error: unknown }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

export interface CrashScene {
  readonly dir: string;
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger & { recent(): readonly RecentLine[] };
}

/** Writes the report, and says where it is and who would like to have it. Never throws. */
export async function reportCrash(cause: CrashCause, scene: CrashScene): Promise<void> {
  const { logger } = scene;
  const { what, short, error } = describeCause(cause);
  // Taken before the log has a line about this very crash.
  const recent = [...logger.recent()];
  logger.error(`TinyBase crashed: ${what}`, error === undefined ? {} : { error });
  try {
    // A server that does not crash need not have them.
    const { createScrub } = await import('../core/crash/scrub.ts');
    const { formatReport } = await import('../core/crash/report.ts');
    const { writeReport } = await import('../core/crash/report-files.ts');
    const time = new Date();
    const sqlite = await readSqliteVersion();
    const text = formatReport(
      { what, error, time, version: VERSION, sqlite, recent },
      createScrub(scene.config, scene.env),
    );
    const path = writeReport(scene.dir, { time, short, text });
    if (path === undefined) logger.error('No crash report could be written', { dir: scene.dir });
    else
      logger.error(
        `A report without your data was written. Read it, then send it to those who make TinyBase: ${path}`,
      );
  } catch (failure) {
    logger.error('No crash report could be written', { error: failure });
  }
}

function describeCause(cause: CrashCause) {
  switch (cause.kind) {
    case 'extensions':
      return {
        what: `${cause.signal} in the process of the extensions`,
        short: 'extensions',
        error: undefined,
      };
    case 'signal':
      return {
        what: `${cause.signal} sent to the server`,
        short: cause.signal.toLowerCase(),
        error: undefined,
      };
    case 'exception':
      return { what: 'uncaught exception in the server', short: 'exception', error: cause.error };
    case 'rejection':
      return { what: 'unhandled rejection in the server', short: 'rejection', error: cause.error };
    case 'failed start':
      return {
        what: 'unexpected error while the server started',
        short: 'start',
        error: cause.error,
      };
    default:
      return cause satisfies never;
  }
}
