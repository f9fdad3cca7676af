import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SYSTEM } from './core/actor.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { type Config, databasePath } from './core/config.ts';
import { createHook } from './core/hooks.ts';
import type { Logger } from './core/logger.ts';
import { createApiTokens } from './features/auth/api-tokens.ts';
import type { UserEvent } from './features/auth/events.ts';
import { createLoginLimit } from './features/auth/login-limit.ts';
import { createPasswords } from './features/auth/passwords.ts';
import { createAuthService } from './features/auth/service.ts';
import { createSessions } from './features/auth/sessions.ts';
import { planChange } from './features/collections/changes.ts';
import { compileSchema } from './features/collections/compile.ts';
import { describeIndexHint } from './features/collections/index-hint.ts';
import { createCollectionService } from './features/collections/service.ts';
import { createDeploymentService } from './features/deployments/service.ts';
import type { FunctionCallEvent, FunctionCompleteEvent } from './features/functions/events.ts';
import { createPackageInstaller } from './features/functions/packages/installer.ts';
import { createCallDb } from './features/functions/record-db.ts';
import { createFunctionService } from './features/functions/service.ts';
import { createRecordService } from './features/records/service.ts';
import { createTransferService } from './features/records/transfer-service.ts';
import { createStatsService } from './features/stats/service.ts';
import { createTypesService } from './features/types/service.ts';
import { createUserService } from './features/users/service.ts';
import { createMetrics } from './http/metrics.ts';
import { newId } from './lib/ids.ts';
import { tryFileLock } from './storage/file-lock.ts';
import { openStorage } from './storage/open.ts';

export interface AppOptions {
  readonly config: Config;
  /** The project's folder, absolute: relative paths of the configuration start here. */
  readonly dir: string;
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: Clock;
}

export type AppParts = ReturnType<typeof openParts>;

/** What installs npm packages; needs no database. */
export function openPackages(logger: Logger) {
  return createPackageInstaller({ logger, tryLock: tryFileLock });
}

/** Opens the database and builds everything that works on it. */
export function openParts({ config, dir, logger, version, clock = systemClock }: AppOptions) {
  const metrics = createMetrics();
  const path = databasePath(config, dir);
  const storage = openStorage({
    path,
    clock,
    rules: { planChange, compileSchema },
    onCommit: metrics.commit,
    onListenerError: (error) => logger.error('A listener of a commit failed', { error }),
    onHint: (hint) => {
      const live = collections.findById(hint.collection_id);
      const advice = live && describeIndexHint(live, hint);
      if (advice !== undefined) logger.warning(`Slow list: ${advice}`);
    },
  });
  const hook = <Event>(what: string) =>
    createHook<Event>((error) => logger.error(`A listener of ${what} failed`, { error }));

  const sessions = createSessions({ tokens: storage.tokens, clock, log: logger });
  const passwords = createPasswords({ minLength: config.auth.password_min_length });
  const auth = createAuthService({
    users: storage.users,
    tokens: storage.tokens,
    sessions,
    passwords,
    attempts: createLoginLimit({ perMinute: config.auth.login_attempts_per_minute, clock }),
    clock,
    tokenTtlHours: config.auth.token_ttl_hours,
    isRegistrationOpen: () => config.auth.registration === 'open',
    publicUrl: config.server.public_url,
    onLogin: hook<UserEvent>('logins'),
    onRegister: hook<UserEvent>('registrations'),
  });
  const apiTokens = createApiTokens({ tokens: storage.tokens, sessions, clock });
  const users = createUserService({
    users: storage.users,
    clock,
    passwords,
    forgetUser: sessions.forgetUser,
    countRecords: (id) => countOwned(id),
  });
  const collections = createCollectionService({ store: storage.collections, clock, newId });
  async function countOwned(userId: string) {
    const filter = { op: 'owner', id: userId } as const;
    const counts = await Promise.all(
      collections.all().map(async ({ collection: { id, name, label } }) => ({
        name,
        label,
        records: await storage.records.count({ collectionId: id, filter }),
      })),
    );
    return counts.filter(({ records }) => records > 0);
  }
  const hasUser = async (id: string) => (await storage.users.find(id)) !== undefined;
  const records = createRecordService({
    collections,
    store: storage.records,
    newId,
    clock,
    hasUser,
    findUsers: users.findVisible,
  });
  const transfers = createTransferService({
    collections,
    store: storage.records,
    clock,
    hasUser,
    // The disk of the database has to have room for the rows anyway.
    folder: path === ':memory:' ? tmpdir() : dirname(path),
  });
  const onComplete = hook<FunctionCompleteEvent>('function calls');
  onComplete.on(({ name, status, duration_ms }) =>
    metrics.functionCall(name, status, duration_ms / 1_000),
  );
  const packages = openPackages(logger);
  const functions = createFunctionService({
    store: storage.calls,
    ensurePackages: packages.ensure,
    clock,
    logger,
    newId,
    callDb: createCallDb(records),
    onCall: hook<FunctionCallEvent>('function calls'),
    onComplete,
    settings: {
      path: resolve(dir, config.functions.path),
      file: resolve(dir, config.functions.file),
      workers: config.functions.workers,
      timeoutSeconds: config.functions.timeout_seconds,
      memoryMb: config.functions.memory_mb,
      maxQueue: config.functions.max_queue,
      maxConcurrentPerUser: config.functions.max_concurrent_per_user,
      callRetentionDays: config.functions.call_retention_days,
      env: Object.fromEntries(
        config.functions.env.flatMap((name) => {
          const value = process.env[name];
          return value === undefined ? [] : [[name, value] as const];
        }),
      ),
    },
    root: dir,
    isDebug: config.server.debug,
  });
  const deployments = createDeploymentService({
    store: storage.deployments,
    functions,
    packages,
    folder: join(dir, 'deployments'),
    root: dir,
    clock,
    logger,
    newId,
  });
  metrics.gauge(
    'tinybase_function_calls_in_flight',
    'Function calls that run or wait.',
    functions.callCount,
  );
  const stats = createStatsService({
    store: storage.stats,
    clock,
    version,
    countCollections: () =>
      collections.all().map(({ collection: { id, name, label } }) => ({
        name,
        label,
        records: storage.records.countAll(id),
      })),
    indexHints: () =>
      storage.hints().flatMap(({ collection_id, fields, ...hint }) => {
        const live = collections.findById(collection_id);
        if (!live) return [];
        const msg = describeIndexHint(live, { fields, kind: hint.kind });
        if (msg === undefined) return [];
        return [{ collection: live.collection.name, fields: [...fields], ...hint, msg }];
      }),
  });

  const types = createTypesService({
    instance: () => ({
      collections: collections.all(),
      functions: functions.list(SYSTEM, { limit: Number.MAX_SAFE_INTEGER, offset: 0 }).items,
    }),
    // Both only grow, so their sum changes whenever one of them does.
    version: () => collections.version() + functions.version(),
  });

  storage.onForeignWrite(sessions.forgetAll);
  return {
    metrics,
    storage,
    auth,
    apiTokens,
    users,
    collections,
    records,
    transfers,
    functions,
    deployments,
    packages,
    stats,
    types,
  };
}
