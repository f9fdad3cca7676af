import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import type { Logger } from '../../../src/core/logger.ts';
import type { FunctionPlaces } from '../../../src/features/functions/files.ts';
import type { PoolOutcome } from '../../../src/features/functions/job.ts';
import { FunctionLoader, type LoaderOptions } from '../../../src/features/functions/loader.ts';
import { createSpawnWorker } from '../../../src/features/functions/spawn-worker.ts';
import type { LogLine } from './function-app.ts';

/** The processes of all pools that are alive. */
export function createCountingSpawn() {
  const spawn = createSpawnWorker();
  const pids = new Set<number>();
  return {
    pids,
    spawn: (options: Parameters<typeof spawn>[0]) => {
      const child = spawn({
        ...options,
        onExit: (code, signal) => {
          pids.delete(child.pid);
          options.onExit(code, signal);
        },
      });
      pids.add(child.pid);
      return child;
    },
  };
}

/** The loader with real worker processes, without the service around it. */
export function createLoaderApp(options: Partial<LoaderOptions> = {}) {
  const lines: LogLine[] = [];
  const log =
    (level: LogLine['level']) =>
    (message: string, fields: LogLine['fields'] = {}) =>
      void lines.push({ level, message, fields });
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warning: log('warning'),
    error: log('error'),
    isEnabled: () => true,
  };
  const counting = createCountingSpawn();
  const loader = new FunctionLoader({
    clock: systemClock,
    logger,
    ensurePackages: async () => undefined,
    spawn: counting.spawn,
    env: {},
    workers: 1,
    memoryMb: 256,
    maxQueue: 1_000,
    callsPerWorker: 128,
    loadTimeoutMs: 60_000,
    ...options,
  });
  return {
    loader,
    pids: counting.pids,
    errors: () => lines.filter(({ level }) => level === 'error').map(({ message }) => message),
    names: () => [...loader.functions.keys()].join(),
    /** What a function answers; a failure is thrown. */
    call: (name: string, payload: unknown = null) => {
      const placed = loader.functions.get(name);
      if (!placed) throw new Error(`There is no function ${name}`);
      return new Promise<unknown>((resolve, reject) => {
        const onEnd = (outcome: PoolOutcome) => {
          if (outcome.status === 'succeeded') resolve(JSON.parse(outcome.json));
          else reject(new Error(JSON.stringify(outcome)));
        };
        placed.pool.run({
          header: {
            function_name: name,
            trigger_type: 'manual',
            trigger_id: null,
            request_id: 'r',
            call_id: 'c',
            user_id: null,
            is_admin: false,
            now: 0,
            request: null,
          },
          payload: JSON.stringify(payload),
          timeoutMs: 30_000,
          depth: 0,
          onStarted() {},
          onLine() {},
          ask: () => Promise.reject(new Error('There is no server')),
          onEnd,
        });
      });
    },
  };
}

export function placesOf(root: string, isWatched = false): FunctionPlaces {
  return { path: join(root, 'functions'), file: join(root, 'functions.ts'), isWatched };
}
