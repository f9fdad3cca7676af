import { resolve } from 'node:path';
import { Elysia } from 'elysia';
import { SYSTEM } from './core/actor.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { type Config, databasePath } from './core/config.ts';
import { createHook } from './core/hooks.ts';
import type { Logger } from './core/logger.ts';
import type { UserEvent } from './features/auth/events.ts';
import { createPasswords } from './features/auth/passwords.ts';
import { authRoutes } from './features/auth/routes.ts';
import { createAuthService } from './features/auth/service.ts';
import { createSessions } from './features/auth/sessions.ts';
import { collectionRoutes } from './features/collections/routes.ts';
import { createCollectionService } from './features/collections/service.ts';
import type { FunctionCallEvent, FunctionCompleteEvent } from './features/functions/events.ts';
import { createCallDb } from './features/functions/record-db.ts';
import { functionAdminRoutes, functionRoutes } from './features/functions/routes.ts';
import { createFunctionService } from './features/functions/service.ts';
import { makeUndumpable } from './features/functions/undumpable.ts';
import { recordRoutes } from './features/records/routes.ts';
import { createRecordService } from './features/records/service.ts';
import { statsRoutes } from './features/stats/routes.ts';
import { createStatsService } from './features/stats/service.ts';
import { userRoutes } from './features/users/routes.ts';
import { createUserService } from './features/users/service.ts';
import { createAdminAssets } from './http/admin-assets.ts';
import { createAnswers } from './http/answer.ts';
import { createCors } from './http/cors.ts';
import { createDocs } from './http/docs.ts';
import { createErrorHandler } from './http/error-handler.ts';
import { createGuard } from './http/guard.ts';
import { healthRoutes } from './http/health.ts';
import { createMetrics } from './http/metrics.ts';
import { createOpenApi } from './http/openapi.ts';
import { requestContext } from './http/request-context.ts';
import { createServer } from './http/server.ts';
import { newId } from './lib/ids.ts';
import { openStorage } from './storage/open.ts';

export interface AppOptions {
  readonly config: Config;
  /** The project's folder, absolute: relative paths of the configuration start here. */
  readonly dir: string;
  readonly logger: Logger;
  readonly version: string;
  readonly clock?: Clock;
}

export type App = Awaited<ReturnType<typeof createApp>>;

const MEGABYTE = 1024 * 1024;
/** For requests and calls together. */
const STOP_MS = 10_000;

/** Opens the database and builds everything that works on it. */
function openParts({ config, dir, logger, version, clock = systemClock }: AppOptions) {
  const metrics = createMetrics();
  const storage = openStorage({
    path: databasePath(config, dir),
    clock,
    onCommit: metrics.commit,
    onListenerError: (error) => logger.error('A listener of a commit failed', { error }),
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
    clock,
    tokenTtlHours: config.auth.token_ttl_hours,
    isRegistrationOpen: () => config.auth.registration === 'open',
    onLogin: hook<UserEvent>('logins'),
    onRegister: hook<UserEvent>('registrations'),
  });
  const users = createUserService({
    users: storage.users,
    clock,
    passwords,
    forgetUser: sessions.forgetUser,
  });
  const collections = createCollectionService({ store: storage.collections, clock, newId });
  const records = createRecordService({
    collections,
    store: storage.records,
    newId,
    hasUser: async (id) => (await storage.users.find(id)) !== undefined,
  });
  const onComplete = hook<FunctionCompleteEvent>('function calls');
  onComplete.on(({ status, duration_ms }) => metrics.functionCall(status, duration_ms / 1_000));
  const functions = createFunctionService({
    store: storage.calls,
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
  });

  storage.onForeignWrite(() => {
    sessions.forgetAll();
    collections.refresh();
  });
  return { metrics, storage, auth, users, collections, records, functions, stats };
}

/** The routes of every feature, and what stands around them. */
function createRoutes(
  parts: ReturnType<typeof openParts>,
  { config, logger, version }: AppOptions,
) {
  const { metrics, storage, auth, users, collections, records, functions, stats } = parts;
  const authenticate = (request: Request) => {
    storage.checkForeignWrites();
    return auth.authenticate(request);
  };
  const guard = createGuard(authenticate, { maxBodyBytes: config.server.max_body_mb * MEGABYTE });
  const errors = createErrorHandler({
    logger,
    isDebug: config.server.debug,
    routes: () => app.routes,
  });
  const app = new Elysia({
    normalize: false,
    strictPath: true,
    handler: { standardHostname: false },
  })
    .use(createCors(config.cors.allow_origins))
    .use(errors.plugin)
    .use(createAnswers())
    .use(
      healthRoutes({
        name: 'TinyBase',
        version,
        isReady: () => storage.isReady() && functions.isReady(),
        metrics,
        metricsToken: config.server.metrics_token,
        authenticate,
        guard,
      }),
    )
    .use(authRoutes({ auth, guard, isHttps: (request) => requestContext(request).isHttps }))
    .use(userRoutes(users, guard))
    .use(collectionRoutes(collections, guard))
    .use(recordRoutes(records, guard))
    .use(functionRoutes(functions, guard, { maxBodyBytes: config.server.max_body_mb * MEGABYTE }))
    .use(functionAdminRoutes(functions, guard))
    .use(statsRoutes(stats, guard))
    .use(createAdminAssets(config.admin.static_dir))
    .use(createDocs());
  const openApi = createOpenApi({
    version,
    app: () => app,
    authenticate,
    dynamic(actor, takenNames) {
      const data = collections.openApi(actor, takenNames);
      const calls = functions.openApi(actor, [...takenNames, ...Object.keys(data.schemas)]);
      return {
        schemas: { ...data.schemas, ...calls.schemas },
        paths: { ...data.paths, ...calls.paths },
      };
    },
    // Both only grow, so their sum changes whenever one of them does.
    dynamicVersion: () => collections.version() + functions.version(),
  });
  return { app: app.use(openApi.routes()), errors, openApi };
}

/** The whole server. Takes no port before `listen`. */
export async function createApp(options: AppOptions) {
  const { config, logger, clock = systemClock } = options;
  const parts = openParts(options);
  const { storage, auth, users, functions, metrics } = parts;
  const { app, errors, openApi } = createRoutes(parts, options);
  const server = createServer({
    handler: app,
    errors,
    config: config.server,
    logger,
    metrics,
    clock,
    newId,
  });
  let releaseLock = () => {};
  // Calls wait for it; everything else need not.
  const functionsLoaded = functions.start();

  return {
    services: {
      auth: { createSetupLink: auth.createSetupToken },
      users: { addAdmin: users.addAdmin, hasAdmin: users.hasAdmin },
      functions: {
        async list() {
          await functionsLoaded;
          return functions.adminList({ limit: 1_000, offset: 0 }).items;
        },
        async loadErrors() {
          await functionsLoaded;
          return functions.loadErrors();
        },
      },
    },
    /** The document as an admin sees it. */
    async openApi(): Promise<unknown> {
      await functionsLoaded;
      return JSON.parse(await openApi.render(SYSTEM));
    },
    handle: async (request: Request): Promise<Response> => server.fetch(request),
    /** Takes the right to serve the database, then the port. */
    async listen() {
      const { host, port } = config.server;
      releaseLock = await storage.lockForServer({ pid: process.pid, address: `${host}:${port}` });
      await functions.interruptRunning();
      const listening = await server.listen();
      makeUndumpable(logger);
      return listening;
    },
    reload: () => functions.reload(),
    /** Finishes what runs, 10 s at most, then closes the database. */
    async stop() {
      const deadline = performance.now() + STOP_MS;
      await server.stop();
      await functions.stop(Math.max(0, deadline - performance.now()));
      metrics.stop();
      storage.close();
      releaseLock();
    },
  };
}

/** The same without workers, for commands that only touch the database. */
export async function openServices(options: AppOptions) {
  const { storage, auth, users, metrics } = openParts(options);
  return {
    services: {
      auth: { createSetupLink: auth.createSetupToken },
      users: { addAdmin: users.addAdmin, hasAdmin: users.hasAdmin },
    },
    async stop() {
      metrics.stop();
      storage.close();
    },
  };
}
