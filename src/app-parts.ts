import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createBackups } from './app-backups.ts';
import { type MissingDatabase, placeDatabase } from './app-database.ts';
import { openExtensionHost, tellExtensions } from './app-extension-host.ts';
import { createExtensions } from './app-extensions.ts';
import { SYSTEM } from './core/actor.ts';
import { type Clock, systemClock } from './core/clock.ts';
import type { Config } from './core/config.ts';
import type { Origins } from './core/config-shown.ts';
import { createHook } from './core/hooks.ts';
import type { Logger } from './core/logger.ts';
import { createAuditService } from './features/audit/service.ts';
import { createApiTokens } from './features/auth/api-tokens.ts';
import type { UserEvent } from './features/auth/events.ts';
import { createIssueSession } from './features/auth/issue-session.ts';
import { createJwt } from './features/auth/jwt.ts';
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
import { createMailService } from './features/mail/service.ts';
import { createMigrationService } from './features/migrations/service.ts';
import { createPythonImport } from './features/python/service.ts';
import { createRecordService } from './features/records/service.ts';
import { createTransferService } from './features/records/transfer-service.ts';
import { createScheduler } from './features/schedules/scheduler.ts';
import { createScheduleService } from './features/schedules/service.ts';
import { createSettingsService } from './features/settings/service.ts';
import { createStatsService } from './features/stats/service.ts';
import { createTypesService } from './features/types/service.ts';
import { createUserImport } from './features/users/import/import-users.ts';
import { createUserService } from './features/users/service.ts';
import { createMetrics } from './http/metrics.ts';
import { newId } from './lib/ids.ts';
import { tryFileLock } from './storage/file-lock.ts';
import { openStorage } from './storage/open.ts';

export interface AppOptions {
  readonly config: Config;
  /** Where each setting came from. What is not named here, an admin may change where that is offered. */
  readonly origins?: Origins;
  /** The project's folder, absolute: relative paths of the configuration start here. */
  readonly dir: string;
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: Clock;
  /** It is going to listen. */
  readonly isServing?: boolean;
  readonly ifMissing?: MissingDatabase;
  /** Told when a fault of the engine ended the process of the extensions, by its signal. */
  readonly onExtensionCrash?: (signal: string) => void;
}

const MIGRATIONS_FOLDER = 'migrations';

export type AppParts = ReturnType<typeof openParts>;

/** What installs npm packages; needs no database. */
export function openPackages(logger: Logger) {
  return createPackageInstaller({ logger, tryLock: tryFileLock });
}

/** Opens the database and builds everything that works on it. */
export function openParts({
  config,
  origins = new Map(),
  dir,
  logger,
  version,
  clock = systemClock,
  ifMissing = 'made',
  onExtensionCrash,
}: AppOptions) {
  const metrics = createMetrics();
  const path = placeDatabase({ config, dir }, ifMissing);
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

  const audit = createAuditService({
    store: storage.audit,
    clock,
    logger,
    newId,
    retentionDays: config.audit.retention_days,
  });
  const settings = createSettingsService({
    store: storage.settings,
    clock,
    audit,
    config,
    origins,
    dir,
  });
  const mail = createMailService({
    smtpUrl: config.mail.smtp_url,
    from: config.mail.from,
    isDebug: config.server.debug,
    publicUrl: config.server.public_url,
    logger,
    instanceName: settings.instanceName,
    templates: settings.mailTemplates,
  });
  const jwt = createJwt({ secrets: config.auth.jwt_secret, kept: storage.signingKey });
  const backups = createBackups({ storage, config, root: dir, path, clock, logger, audit });
  const sessions = createSessions({ tokens: storage.tokens, jwt, clock, log: logger });
  const passwords = createPasswords({
    minLength: config.auth.password_min_length,
    foreignRecipes: storage.hashRecipes.all,
  });
  const onLogin = hook<UserEvent>('logins');
  const onRegister = hook<UserEvent>('registrations');
  const auth = createAuthService({
    users: storage.users,
    tokens: storage.tokens,
    sessions,
    passwords,
    attempts: createLoginLimit({ perMinute: config.auth.login_attempts_per_minute, clock }),
    clock,
    issueSession: createIssueSession({
      clock,
      ttlHours: config.auth.token_ttl_hours,
      jwt: config.auth.token_format === 'jwt' ? jwt : undefined,
    }),
    isRegistrationOpen: settings.isRegistrationOpen,
    publicUrl: config.server.public_url,
    mail,
    audit,
    onLogin,
    onRegister,
  });
  const apiTokens = createApiTokens({ tokens: storage.tokens, sessions, clock, audit });
  const users = createUserService({
    users: storage.users,
    clock,
    passwords,
    forgetUser: sessions.forgetUser,
    onCreate: onRegister.emit,
    audit,
    countRecords: (id) => countOwned(id),
  });
  const collections = createCollectionService({ store: storage.collections, clock, newId, audit });
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
  const migrations = createMigrationService({
    store: storage.migrations,
    collections,
    folder: { path: join(dir, MIGRATIONS_FOLDER), shown: MIGRATIONS_FOLDER },
    audit,
    clock,
    newId,
  });
  const hasUser = async (id: string) => (await storage.users.find(id)) !== undefined;
  const { host, recordHooks } = openExtensionHost({
    memory: storage.extensionHooks,
    logger,
    newId,
    onError: (fault) => extensions.noteError(fault),
    onCrash: onExtensionCrash,
    records: () => records,
    functions: () => functions,
  });
  const nameOf = (collectionId: string) => collections.findById(collectionId)?.collection.name;
  storage.onRecordChanged({
    onChange: (change) => recordHooks.changed(change, nameOf),
    wants: (id) => recordHooks.wantsChanges(nameOf(id) ?? ''),
    room: recordHooks.room,
  });
  const records = createRecordService({
    hooks: recordHooks,
    collections,
    store: storage.records,
    newId,
    clock,
    hasUser,
    findUsers: users.findVisible,
  });
  // What is imported waits here: the disk of the database has to have room for the rows anyway.
  const spoolFolder = path === ':memory:' ? tmpdir() : dirname(path);
  const transfers = createTransferService({
    hooks: recordHooks,
    newId,
    audit,
    collections,
    store: storage.records,
    clock,
    hasUser,
    folder: spoolFolder,
  });
  const userImport = createUserImport({
    store: storage.userImports,
    passwords,
    audit,
    clock,
    folder: spoolFolder,
  });
  const onCall = hook<FunctionCallEvent>('function calls');
  const onComplete = hook<FunctionCompleteEvent>('function calls');
  tellExtensions(host, { onLogin, onRegister, onCall, onComplete });
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
    onCall,
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
    audit,
    functions,
    packages,
    folder: join(dir, 'deployments'),
    root: dir,
    clock,
    logger,
    newId,
  });
  const extensions = createExtensions({
    storage,
    runner: host,
    functions,
    packages,
    tryLock: tryFileLock,
    config,
    dir,
    version,
    audit,
    clock,
    logger,
  });
  metrics.gauge(
    'tinybase_function_calls_in_flight',
    'Function calls that run or wait.',
    functions.callCount,
  );
  const scheduler = createScheduler({
    store: storage.schedules,
    functions,
    clock,
    logger,
    newId,
    maxRetries: config.scheduler.max_retries,
    // The other half of the queue is for calls of people.
    maxWaiting: Math.ceil(config.functions.max_queue / 2),
  });
  const schedules = createScheduleService({
    store: storage.schedules,
    functions,
    scheduler,
    audit,
    clock,
    newId,
  });
  const pythonImport = createPythonImport({
    databases: storage.pythonDatabases,
    collections,
    countRecords: storage.records.countAll,
    transfers,
    importUsers: userImport.importUsers,
    findAccount: async (email) => (await storage.users.findAccount(email))?.user.id,
    hasUser,
    schedules,
    settings,
    calls: storage.calls,
    callRetentionDays: config.functions.call_retention_days,
    compileSchema,
    clock,
  });
  const stats = createStatsService({
    store: storage.stats,
    clock,
    version,
    countCollections: () =>
      collections.all().map(({ collection: { id, name, label } }) => ({
        id,
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
    idleExtensions: async () => {
      const window = { limit: Number.MAX_SAFE_INTEGER, offset: 0 };
      const { items } = await extensions.list(SYSTEM, window);
      return items.flatMap(({ name, state, error }) =>
        state === 'broken' || state === 'failed' ? [{ name, error: error ?? '' }] : [],
      );
    },
    freeDiskBytes: async () => {
      if (path === ':memory:') return undefined;
      const { bavail, bsize } = await statfs(dirname(path));
      return bavail * bsize;
    },
    mail,
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
    audit,
    backups,
    settings,
    mail,
    auth,
    apiTokens,
    users,
    userImport,
    collections,
    migrations,
    pythonImport,
    records,
    transfers,
    functions,
    deployments,
    extensions,
    packages,
    scheduler,
    schedules,
    stats,
    types,
  };
}
