import { extensionCommands } from './app-extensions.ts';
import { createServerLoop } from './app-loop.ts';
import { type AppOptions, type AppParts, openPackages, openParts } from './app-parts.ts';
import { createRoutes } from './app-routes.ts';
import { type Actor, SYSTEM } from './core/actor.ts';
import { systemClock } from './core/clock.ts';
import { AppError } from './core/errors.ts';
import { collectOrphans } from './features/functions/orphans.ts';
import { makeUndumpable } from './features/functions/undumpable.ts';
import type { MigrateOptions, MigrationReport } from './features/migrations/service.ts';
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
/** For mails that are on their way. */
const MAIL_STOP_MS = 3_000;

/** What the commands ask for; the command line has full rights. */
function commandServices({
  storage,
  auth,
  users,
  transfers,
  userImport,
  pythonImport,
  migrations,
  extensions,
  backups,
}: AppParts) {
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
      importUsers: userImport.importUsers.bind(undefined, SYSTEM),
      setPassword: async (email: string, password: string) =>
        users.update(SYSTEM, (await getUser(email)).id, { password }),
    },
    pythonImport: { importPython: pythonImport.importPython.bind(undefined, SYSTEM) },
    transfers: {
      importRecords: transfers.importRecords.bind(undefined, SYSTEM),
      exportRecords: transfers.exportRecords.bind(undefined, SYSTEM),
    },
    extensions: extensionCommands(extensions),
    backups: { noteRestore: backups.noteRestore },
    migrations: {
      status: migrations.status,
      write: migrations.write.bind(undefined, SYSTEM),
      upgrade: migrations.upgrade.bind(undefined, SYSTEM),
      /** Not beside a server: what runs there may need what goes. */
      async downgrade(options: MigrateOptions, onDone?: (report: MigrationReport) => void) {
        if (options.isDryRun) return migrations.downgrade(SYSTEM, options);
        const release = await storage.lockForCommand();
        try {
          await storage.noteServer({ pid: process.pid, address: 'tinybase db downgrade' });
          return await migrations.downgrade(SYSTEM, options, onDone);
        } finally {
          release();
        }
      },
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
  const { storage, audit, functions, scheduler, deployments, packages, metrics, types } = parts;
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
  const loop = createServerLoop(parts, options);
  const typesFolder = functions.local.path;
  const isLocal = async () => (await storage.deployments.findActive()) === undefined;
  let typesFile: KeptTypesFile | undefined;
  // Before the first worker starts, which could read this process until then.
  makeUndumpable(logger);
  collectOrphans(logger);
  const entries = await parts.extensions.entries();
  const extensionsLoaded = Promise.withResolvers<void>();
  // The host says which of them register functions; without it all of them are asked.
  if (entries.length === 0 || !options.isServing) extensionsLoaded.resolve();
  if (!options.isServing) await functions.setExtensions(entries);
  // Calls wait for it; everything else need not.
  const functionsLoaded = extensionsLoaded.promise.then(() => deployments.start());

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
      releaseLock = await storage.lockForServer();
      audit.serve();
      const isAutomatic = config.database.auto_upgrade;
      for (const warning of await parts.migrations.start({ isAutomatic })) logger.warning(warning);
      await functions.interruptRunning();
      await scheduler.recover();
      await parts.backups.recover();
      await deployments.recover();
      const { loaded } = await parts.extensions.start();
      void loaded.then(extensionsLoaded.resolve);
      const listening = await server.listen();
      parts.mail.listensAt(listening.url);
      loop.start();
      typesFile = keepTypesFile({
        folder: typesFolder,
        types,
        whenLoaded: functionsLoaded,
        isLocal,
        logger,
      });
      // Only now, as nobody who asks has to wait for the disk, and the port is known.
      const { host } = config.server;
      const address = `${host}:${new URL(listening.url).port || '80'}`;
      await storage.noteServer({ pid: process.pid, address });
      return { ...listening, previousVersion: await storage.noteVersion(options.version) };
    },
    watchExtensions: () => parts.extensions.watch(),
    reload: () => functions.reload(),
    /** Finishes what runs, 10 s at most, then closes the database. */
    async stop() {
      const deadline = performance.now() + STOP_MS;
      const loopStopped = loop.stop();
      const backupsStopped = parts.backups.stop();
      await server.stop();
      const mailStopped = parts.mail.stop(MAIL_STOP_MS);
      packages.stop();
      await loopStopped;
      await backupsStopped;
      await typesFile?.stop();
      const msLeft = () => Math.max(0, deadline - performance.now());
      await functions.drain(msLeft());
      await parts.extensions.stop(msLeft());
      await mailStopped;
      await storage.stopWriting(msLeft());
      // The history is written once no long write holds it back.
      await scheduler.settle();
      await audit.noteLate();
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
      // Only a command that was stopped in the middle writes now: that is taken back.
      await storage.stopWriting(0);
      storage.close();
    },
  };
}
