import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join, relative, resolve } from 'node:path';
import { systemClock } from './core/clock.ts';
import { type Config, databasePath } from './core/config.ts';
import { listCrashReports } from './core/crash/report-files.ts';
import { createLogger } from './core/logger.ts';
import { MIGRATIONS } from './storage/sqlite/migrations/index.ts';
import {
  readAccountNames,
  readCollectionNames,
  readDatabaseFacts,
  readSchemaVersion,
} from './storage/sqlite/read-facts.ts';
import { isServed, readServedBy } from './storage/sqlite/served-by.ts';

export interface FactsOptions {
  readonly config: Config;
  /** The project's folder, absolute. */
  readonly dir: string;
}

const LOAD_TIMEOUT_MS = 10_000;
const MAIL_TIMEOUT_MS = 5_000;

/** Of the tables that this program makes and opens. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** A project that is only looked at: beside a server too, and on a disk that cannot be written. */
export function openFacts({ config, dir }: FactsOptions) {
  const path = databasePath(config, dir);
  const isMemory = path === ':memory:';
  const local = {
    path: resolve(dir, config.functions.path),
    file: resolve(dir, config.functions.file),
    isWatched: false,
  };
  return {
    databasePath: path,
    async names(kind: string): Promise<readonly string[]> {
      switch (kind) {
        case 'collection':
          return isMemory ? [] : readCollectionNames(path);
        case 'account':
          return isMemory ? [] : readAccountNames(path);
        case 'function': {
          const { findFunctionFiles } = await import('./features/functions/files.ts');
          return findFunctionFiles({ ...local, file: null }).map(toStem);
        }
        case 'extension':
          return readdirSync(resolve(dir, config.extensions.path)).filter(
            (name) => !name.startsWith('.'),
          );
        case 'revision':
          return readdirSync(join(dir, 'migrations'))
            .filter((name) => name.endsWith('.json'))
            .map(toStem);
        default:
          return [];
      }
    },
    schemaVersion: () => (isMemory || !existsSync(path) ? undefined : readSchemaVersion(path)),
    database: () => (isMemory || !existsSync(path) ? undefined : readDatabaseFacts(path)),
    server(): string | undefined {
      if (isMemory || !isServed(path)) return undefined;
      const known = readServedBy(path);
      return known === undefined
        ? 'of unknown address'
        : `process ${known.pid} at ${known.address}`;
    },
    crashReports: () => listCrashReports(dir).map(({ path: report }) => report),
    async functions(deploymentId: string | undefined) {
      // Heavy, and only for who asks.
      const { loadFunctions } = await import('./features/functions/load-once.ts');
      const { createFolders } = await import('./features/deployments/folders.ts');
      const places =
        deploymentId === undefined
          ? local
          : createFolders(join(dir, 'deployments')).places(deploymentId);
      if (places === undefined) return { ...NO_FUNCTIONS, isMissing: true };
      const { functions, errors, packageFault } = await loadFunctions({
        places,
        env: pickEnv(config.functions.env),
        clock: systemClock,
        logger: createLogger({ level: 'error', format: 'text', write: () => {} }),
        memoryMb: config.functions.memory_mb,
        timeoutMs: LOAD_TIMEOUT_MS,
      });
      return {
        count: functions.length,
        publicNames: functions.filter(({ auth }) => auth === 'public').map(({ name }) => name),
        faults: errors.map(({ file, line, message }) => ({
          file: relative(dir, file),
          line,
          message,
        })),
        packageFault,
        isMissing: false,
      };
    },
    async mailFault(): Promise<string | undefined> {
      const { smtp_url: smtpUrl, from } = config.mail;
      if (smtpUrl === undefined || from === undefined) return undefined;
      const { findServerFault } = await import('./features/mail/transport.ts');
      return findServerFault(smtpUrl, MAIL_TIMEOUT_MS);
    },
  };
}

const NO_FUNCTIONS = { count: 0, publicNames: [], faults: [], packageFault: undefined } as const;

function pickEnv(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function toStem(name: string): string {
  return basename(name, extname(name));
}
