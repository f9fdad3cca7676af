import { type AppOptions, type AppParts, openPackages, openParts } from './app-parts.ts';
import { createRoutes } from './app-routes.ts';
import { type Actor, SYSTEM } from './core/actor.ts';
import { systemClock } from './core/clock.ts';
import { AppError } from './core/errors.ts';
import { cleanUpTokens } from './features/auth/token-clean-up.ts';
import { collectOrphans } from './features/functions/orphans.ts';
import { makeUndumpable } from './features/functions/undumpable.ts';
import {
  type KeptTypesFile,
  keepTypesFile,
  refreshTypesFile,
} from './features/types/types-file.ts';
import { createServer } from './http/server.ts';
import { normalizeEmail } from './lib/email.ts';
import { newId } from './lib/ids.ts';

export { openPackages };

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
  const findUser = async (email: string) =>
    (await storage.users.findAccount(normalizeEmail(email)))?.user;
  async function getUser(email: string) {
    const user = await findUser(email);
    if (!user) throw new AppError('not_found', `There is no account ${email}.`);
    return user;
  }
  return {
    auth: {
      createSetupLink: auth.createSetupToken,
      createResetLink: async (email: string) =>
        auth.createResetLink(SYSTEM, (await getUser(email)).id),
    },
    users: {
      addAdmin: users.addAdmin,
      hasAdmin: users.hasAdmin,
      listAdmins: users.listAdmins,
      findId: async (email: string) => (await findUser(email))?.id,
      setPassword: async (email: string, password: string) =>
        users.update(SYSTEM, (await getUser(email)).id, { password }),
    },
    transfers: {
      importRecords: transfers.importRecords.bind(undefined, SYSTEM),
      exportRecords: transfers.exportRecords.bind(undefined, SYSTEM),
    },
  };
}

/** Who an account is to the services. The command line vouches for it: no token is shown. */
async function findActor({ storage }: AppParts, email: string): Promise<Actor> {
  const account = await storage.users.findAccount(normalizeEmail(email));
  if (!account) throw new AppError('not_found', `There is no account ${email}.`);
  const { id, is_admin: isAdmin } = account.user;
  return { kind: isAdmin ? 'admin' : 'user', id, email: account.user.email, tokenId: '' };
}

/** The whole server. Takes no port before `listen`. */
export async function createApp(options: AppOptions) {
  const { config, logger, clock = systemClock } = options;
  const parts = openParts(options);
  const { storage, functions, deployments, packages, metrics, types } = parts;
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
  const stopping = new AbortController();
  let tokensCleaned: Promise<unknown> | undefined;
  const typesFolder = functions.local.path;
  const isLocal = async () => (await storage.deployments.findActive()) === undefined;
  let typesFile: KeptTypesFile | undefined;
  // Before the first worker starts, which could read this process until then.
  makeUndumpable(logger);
  collectOrphans(logger);
  // Calls wait for it; everything else need not.
  const functionsLoaded = deployments.start();

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
        /** With full rights, or as the account with this address. */
        async call(name: string, payload: unknown, email?: string) {
          const actor = email === undefined ? SYSTEM : await findActor(parts, email);
          await functionsLoaded;
          return functions.call(actor, name, payload, { requestId: newId(), request: null });
        },
      },
    },
    /** The document as an admin sees it. */
    async openApi(): Promise<unknown> {
      await functionsLoaded;
      return JSON.parse(await openApi.render(SYSTEM));
    },
    types: {
      /** TypeScript for front ends. */
      async forClients(): Promise<string> {
        await functionsLoaded;
        return types.forClients();
      },
      /** Brings the types in the functions folder up to date; the path of the file when it was written. */
      async refreshFile(): Promise<string | undefined> {
        await functionsLoaded;
        return (await isLocal()) ? refreshTypesFile(typesFolder, types) : undefined;
      },
    },
    handle: async (request: Request): Promise<Response> => server.fetch(request),
    /** Takes the right to serve the database, then the port. */
    async listen() {
      const { host, port } = config.server;
      releaseLock = await storage.lockForServer({ pid: process.pid, address: `${host}:${port}` });
      await functions.interruptRunning();
      deployments.removeRemains();
      const listening = await server.listen();
      functions.startCleanUp();
      tokensCleaned = cleanUpTokens({
        tokens: storage.tokens,
        clock,
        logger,
        signal: stopping.signal,
      });
      typesFile = keepTypesFile({
        folder: typesFolder,
        types,
        whenLoaded: functionsLoaded,
        isLocal,
        logger,
      });
      return listening;
    },
    reload: () => functions.reload(),
    /** Finishes what runs, 10 s at most, then closes the database. */
    async stop() {
      const deadline = performance.now() + STOP_MS;
      await server.stop();
      packages.stop();
      stopping.abort();
      await tokensCleaned;
      await typesFile?.stop();
      const msLeft = () => Math.max(0, deadline - performance.now());
      await functions.drain(msLeft());
      await storage.stopWriting(msLeft());
      // The history is written once no long write holds it back.
      await functions.stop(msLeft());
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
