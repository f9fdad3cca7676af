import { type AppOptions, type AppParts, openParts } from './app-parts.ts';
import { createRoutes } from './app-routes.ts';
import { SYSTEM } from './core/actor.ts';
import { systemClock } from './core/clock.ts';
import { makeUndumpable } from './features/functions/undumpable.ts';
import { createServer } from './http/server.ts';
import { normalizeEmail } from './lib/email.ts';
import { newId } from './lib/ids.ts';

export type App = Awaited<ReturnType<typeof createApp>>;

/** For requests and calls together. */
const STOP_MS = 10_000;

/** What the commands ask for; the command line has full rights. */
function commandServices({
  storage,
  auth,
  users,
  transfers,
}: Pick<AppParts, 'storage' | 'auth' | 'users' | 'transfers'>) {
  return {
    auth: { createSetupLink: auth.createSetupToken },
    users: {
      addAdmin: users.addAdmin,
      hasAdmin: users.hasAdmin,
      findId: async (email: string) =>
        (await storage.users.findAccount(normalizeEmail(email)))?.user.id,
    },
    transfers: {
      importRecords: transfers.importRecords.bind(undefined, SYSTEM),
      exportRecords: transfers.exportRecords.bind(undefined, SYSTEM),
    },
  };
}

/** The whole server. Takes no port before `listen`. */
export async function createApp(options: AppOptions) {
  const { config, logger, clock = systemClock } = options;
  const parts = openParts(options);
  const { storage, functions, metrics } = parts;
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
      ...commandServices(parts),
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
      const msLeft = () => Math.max(0, deadline - performance.now());
      await functions.stop(msLeft());
      await storage.stopWriting(msLeft());
      metrics.stop();
      storage.close();
      releaseLock();
    },
  };
}

/** The same without workers, for commands that only touch the database. */
export async function openServices(options: AppOptions) {
  const parts = openParts(options);
  const { storage, metrics } = parts;
  return {
    services: commandServices(parts),
    async stop() {
      metrics.stop();
      storage.close();
    },
  };
}
