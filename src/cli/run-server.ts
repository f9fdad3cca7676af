import { CONFIG_FILE, type Config } from '../core/config.ts';
import { AppError } from '../core/errors.ts';
import { createLogger, type Logger } from '../core/logger.ts';
import { describeChanges } from './config-changes.ts';
import type { CliContext } from './define-command.ts';
import type { CliApp } from './open-app.ts';
import type { Project } from './settings.ts';
import { VERSION } from './version.ts';
import { watchFile } from './watch-file.ts';
import { formatWelcome } from './welcome.ts';

interface Running {
  readonly app: CliApp;
  readonly config: Config;
  readonly logger: Logger;
  readonly url: string;
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
  /** Restarts run one after another, the stop after the last. */
  let restarts = Promise.resolve();
  let stopWatching = () => {};
  try {
    running = await start(project.config);
    if (signals === 0) io.out(await formatWelcome({ ...running, dir: project.dir, io }));
    if (isReloading)
      stopWatching = watchFile(project.dir, CONFIG_FILE, () => {
        restarts = restarts.then(() => restart()).catch(stop.reject);
      });
    await stop.promise;
  } finally {
    stopWatching();
    await restarts;
    await running?.app.stop();
    removeListener();
  }

  async function start(config: Config): Promise<Running> {
    const logger = createLogger({
      level: config.server.log_level,
      format: config.server.log_format,
      write: (line) => io.err(line.slice(0, -1)),
    });
    const app = await opener.createApp({ config, dir: project.dir, logger, version: VERSION });
    try {
      const { url } = await app.listen();
      return { app, config, logger, url };
    } catch (error) {
      await app.stop();
      throw error;
    }
  }

  /** The old server ends first: both want the same port and the same database. */
  async function restart(): Promise<void> {
    if (running === undefined || signals > 0) return;
    const { app, config, logger } = running;
    const next = readConfig(logger);
    if (next === undefined) return;
    const changes = describeChanges(config, next);
    if (changes.length === 0) return;
    logger.info('The configuration changed: restarting', { changes });
    running = undefined;
    await app.stop();
    try {
      running = await start(next);
    } catch (error) {
      logger.error('The new configuration does not start: going back to the one before', { error });
      running = await start(config);
    }
    running.logger.info('Serving again', { url: running.url });
  }

  /** The new configuration, or undefined when it is broken, which is logged. */
  function readConfig(logger: Logger): Config | undefined {
    try {
      const { config, warnings } = project.reload();
      for (const warning of warnings) logger.warning(warning);
      return config;
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
