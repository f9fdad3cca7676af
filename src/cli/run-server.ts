import { systemClock } from '../core/clock.ts';
import { CONFIG_FILE } from '../core/config.ts';
import { rememberLines } from '../core/crash/recent-lines.ts';
import { takeNewReports } from '../core/crash/report-files.ts';
import { AppError } from '../core/errors.ts';
import { createLogger, type Logger } from '../core/logger.ts';
import { describeChanges, type ServedConfig } from './config-changes.ts';
import { type CrashCause, type CrashScene, reportCrash } from './crash-watch.ts';
import type { CliContext } from './define-command.ts';
import type { CliApp } from './open-app.ts';
import type { Project } from './settings.ts';
import { VERSION } from './version.ts';
import { watchFile } from './watch-file.ts';
import { formatWelcome } from './welcome.ts';

interface Running {
  readonly app: CliApp;
  readonly served: ServedConfig;
  readonly logger: Logger;
  readonly url: string;
  /** The version that served this data before, when it was another one. */
  readonly previousVersion: string | undefined;
}

export interface RunOptions {
  readonly isReloading: boolean;
}

/** Serves until a signal comes, and again after each change of the configuration when asked to. */
export async function runServer(
  { io, opener }: CliContext,
  project: Project,
  { isReloading }: RunOptions,
): Promise<void> {
  const stop = Promise.withResolvers<void>();
  let signals = 0;
  const removeListener = io.onStop(() => {
    signals++;
    if (signals === 1) stop.resolve();
    // Whoever asks twice does not want to wait for what runs.
    else io.exitNow(1);
  });
  let running: Running | undefined;
  /** What a crash report tells of; there is nothing to tell before the first start. */
  let scene: CrashScene | undefined;
  const report = async (cause: CrashCause) => {
    if (scene) await reportCrash(cause, scene);
  };
  const removeCrashListener = io.onCrash(report);
  const begun = Promise.withResolvers<void>();
  /** Restarts run one after another, the first when all is said of the start, the stop after the last. */
  let restarts = begun.promise;
  let stopWatching = () => {};
  try {
    // First, so that an edit while it starts counts as well.
    if (isReloading)
      stopWatching = watchFile(project.dir, CONFIG_FILE, () => {
        restarts = restarts.then(() => restart()).catch(stop.reject);
      });
    running = await start(project);
    const { config } = project;
    if (signals === 0) {
      io.out(await formatWelcome({ ...running, config, dir: project.dir, io }));
      await tellNews(running);
    }
    begun.resolve();
    await stop.promise;
  } catch (error) {
    if (!(error instanceof AppError)) await report({ kind: 'failed start', error });
    throw error;
  } finally {
    stopWatching();
    begun.resolve();
    await restarts;
    await running?.app.stop();
    removeListener();
    removeCrashListener();
  }

  async function start(served: ServedConfig): Promise<Running> {
    const { config, origins } = served;
    const logger = rememberLines(
      createLogger({
        level: config.server.log_level,
        format: config.server.log_format,
        write: (line) => io.err(line.slice(0, -1)),
      }),
      systemClock.now,
    );
    scene = { dir: project.dir, config, env: io.env, logger };
    const app = await opener.createApp({
      config,
      origins,
      dir: project.dir,
      logger,
      version: VERSION,
      ifMissing: 'made',
      isServing: true,
      onExtensionCrash: (signal) => void report({ kind: 'extensions', signal }),
    });
    try {
      const { url, previousVersion } = await app.listen();
      if (isReloading) app.watchExtensions();
      return { app, served, logger, url, previousVersion };
    } catch (error) {
      await app.stop();
      throw error;
    }
  }

  /** What happened since this data was served last, each told once. */
  async function tellNews({ logger, previousVersion }: Running): Promise<void> {
    if (previousVersion !== undefined) {
      // It holds the changelog, which hardly any start needs.
      const { describeUpgrade } = await import('./changes-since.ts');
      io.out(`${describeUpgrade({ from: previousVersion })}\n`);
    }
    for (const { path, what } of takeNewReports(project.dir))
      logger.warning(
        `TinyBase crashed before this start${what === null ? '' : ` (${what})`}: ${path}`,
      );
  }

  /** The old server ends first: both want the same port and the same database. */
  async function restart(): Promise<void> {
    if (running === undefined || signals > 0) return;
    const { app, served, logger } = running;
    const next = readConfig(logger);
    if (next === undefined) return;
    const changes = describeChanges(served, next);
    if (changes.length === 0) return;
    logger.info('The configuration changed: restarting', { changes });
    running = undefined;
    await app.stop();
    try {
      running = await start(next);
    } catch (error) {
      logger.error('The new configuration does not start: going back to the one before', { error });
      running = await start(served);
    }
    running.logger.info('Serving again', { url: running.url });
  }

  /** The new configuration, or undefined when it is broken, which is logged. */
  function readConfig(logger: Logger): ServedConfig | undefined {
    try {
      const { config, origins, warnings } = project.reload();
      for (const warning of warnings) logger.warning(warning);
      return { config, origins };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      logger.error('The configuration is kept as it was: tinybase.toml has mistakes', {
        mistakes: error.message
          .split('\n')
          .slice(1)
          .map((line) => line.trim()),
      });
      return undefined;
    }
  }
}
