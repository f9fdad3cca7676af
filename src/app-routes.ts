import { Elysia } from 'elysia';
import type { AppOptions, AppParts } from './app-parts.ts';
import { type Actor, hasScope } from './core/actor.ts';
import { systemClock } from './core/clock.ts';
import { AppError } from './core/errors.ts';
import { auditRoutes } from './features/audit/routes.ts';
import { accountRoutes } from './features/auth/account-routes.ts';
import { apiTokenRoutes } from './features/auth/api-token-routes.ts';
import { emailRoutes } from './features/auth/email-routes.ts';
import { authRoutes } from './features/auth/routes.ts';
import { userSessionRoutes } from './features/auth/user-session-routes.ts';
import { backupRoutes } from './features/backups/routes.ts';
import { collectionRoutes } from './features/collections/routes.ts';
import { deploymentRoutes } from './features/deployments/routes.ts';
import { extensionRoutes } from './features/extensions/routes.ts';
import { functionAdminRoutes } from './features/functions/admin-routes.ts';
import { functionRoutes } from './features/functions/routes.ts';
import { mailRoutes } from './features/mail/routes.ts';
import { batchRoutes, recordRoutes } from './features/records/routes.ts';
import { transferRoutes } from './features/records/transfer-routes.ts';
import { scheduleRoutes } from './features/schedules/routes.ts';
import { settingsRoutes } from './features/settings/routes.ts';
import { statsRoutes } from './features/stats/routes.ts';
import { typesRoutes } from './features/types/routes.ts';
import { userRoutes } from './features/users/routes.ts';
import { createAdminAssets } from './http/admin-assets.ts';
import { createAnswers } from './http/answer.ts';
import { createCors } from './http/cors.ts';
import { createDocs } from './http/docs.ts';
import { createErrorHandler } from './http/error-handler.ts';
import { createGuard } from './http/guard.ts';
import { healthRoutes } from './http/health.ts';
import { createOpenApi } from './http/openapi.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { requestContext } from './http/request-context.ts';

const MEGABYTE = 1024 * 1024;

/** The routes of every feature, and what stands around them. */
export function createRoutes(
  parts: AppParts,
  { config, logger, version, clock = systemClock }: AppOptions,
) {
  const {
    metrics,
    audit,
    storage,
    settings,
    auth,
    apiTokens,
    users,
    collections,
    records,
    transfers,
    functions,
    deployments,
    schedules,
    stats,
  } = parts;
  const authenticate = (request: Request) => {
    storage.checkForeignWrites();
    return auth.authenticate(request);
  };
  const isHttps = (request: Request) => requestContext(request).isHttps;
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
    .use(createAnswers(errors.toAnswer))
    .use(
      createRateLimit({
        perMinute: config.rate_limit.requests_per_minute,
        clock,
        identify: (request) => identify(authenticate, request),
      }),
    )
    .use(
      healthRoutes({
        name: settings.instanceName,
        version,
        isReady: () => storage.isReady() && functions.isReady(),
        metrics,
        metricsToken: config.server.metrics_token,
        authenticate,
        guard,
      }),
    )
    .use(authRoutes({ auth, guard, isHttps }))
    .use(accountRoutes({ auth, guard, isHttps }))
    .use(emailRoutes({ auth, guard }))
    .use(apiTokenRoutes(apiTokens, guard))
    .use(userRoutes(users, guard))
    .use(userSessionRoutes(auth, guard))
    .use(collectionRoutes(collections, guard))
    .use(recordRoutes(records, guard))
    .use(batchRoutes(records, guard))
    .use(
      transferRoutes(transfers, guard, {
        maxUploadBytes: config.server.max_upload_mb * MEGABYTE,
        onBroken: (request, cause) =>
          logger.error('export broke off', { request_id: requestContext(request).id, cause }),
      }),
    )
    .use(functionRoutes(functions, guard, { maxBodyBytes: config.server.max_body_mb * MEGABYTE }))
    .use(functionAdminRoutes(functions, guard))
    .use(extensionRoutes(parts.extensions, guard))
    .use(
      deploymentRoutes(deployments, guard, {
        maxUploadBytes: config.server.max_upload_mb * MEGABYTE,
      }),
    )
    .use(settingsRoutes(settings, guard))
    .use(mailRoutes(parts.mail, guard))
    .use(scheduleRoutes(schedules, guard))
    .use(statsRoutes(stats, guard))
    .use(auditRoutes(audit, guard))
    .use(
      typesRoutes(parts.types, guard, {
        onBroken: (request, cause) =>
          logger.error('download broke off', { request_id: requestContext(request).id, cause }),
      }),
    )
    .use(
      backupRoutes(parts.backups, guard, {
        onBroken: (request, cause) =>
          logger.error('download broke off', { request_id: requestContext(request).id, cause }),
      }),
    )
    .use(createAdminAssets(config.admin.static_dir))
    .use(createDocs());
  const openApi = createOpenApi({
    title: settings.instanceName,
    version,
    app: () => app,
    authenticate,
    dynamic(actor, takenNames) {
      const data = collections.openApi(actor, takenNames);
      if (!hasScope(actor, 'functions:call')) return data;
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

/** Whose requests count together. All sessions of an account do: signing in again must not start anew. */
function identify(authenticate: (request: Request) => Actor, request: Request): string | undefined {
  try {
    const actor = authenticate(request);
    if (actor.kind === 'anonymous' || actor.kind === 'system') return undefined;
    return actor.scopes === undefined ? `user ${actor.id}` : `token ${actor.tokenId}`;
  } catch (error) {
    if (error instanceof AppError && error.code === 'unauthenticated') return undefined;
    throw error;
  }
}
