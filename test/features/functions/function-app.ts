import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Elysia } from 'elysia';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { AppError } from '../../../src/core/errors.ts';
import { createHook } from '../../../src/core/hooks.ts';
import type { LogFields, Logger, LogLevel } from '../../../src/core/logger.ts';
import { functionAdminRoutes } from '../../../src/features/functions/admin-routes.ts';
import type { CallDb } from '../../../src/features/functions/caller.ts';
import type {
  FunctionCallEvent,
  FunctionCompleteEvent,
} from '../../../src/features/functions/events.ts';
import { functionRoutes } from '../../../src/features/functions/routes.ts';
import {
  type CallOptions,
  createFunctionService,
  type FunctionServiceDeps,
  type FunctionSettings,
} from '../../../src/features/functions/service.ts';
import type { FunctionCallStore } from '../../../src/features/functions/store.ts';
import { createGuard } from '../../../src/http/guard.ts';
import { openConnection } from '../../../src/storage/sqlite/connection.ts';
import { createFunctionCallStore } from '../../../src/storage/sqlite/function-call-store.ts';
import { createLanes } from '../../../src/storage/sqlite/lanes.ts';

export const ANN: Actor = { kind: 'user', id: 'ann', email: 'ann@example.com', tokenId: 't1' };
export const ADMIN: Actor = { kind: 'admin', id: 'root', email: 'root@example.com', tokenId: 't2' };
const ACTORS: Readonly<Record<string, Actor>> = { ann: ANN, admin: ADMIN };

export const CALL: CallOptions = { requestId: 'request-1', request: null };

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface FunctionAppOptions
  extends Partial<
    Pick<
      FunctionServiceDeps,
      'isDebug' | 'isWatching' | 'callsPerWorker' | 'loadTimeoutMs' | 'spawnWorker'
    >
  > {
  readonly settings?: Partial<FunctionSettings>;
  readonly callDb?: CallDb;
  readonly store?: FunctionCallStore;
}

/** A folder of function files, as a user would have it. Each `body` gets the import of the SDK. */
export function createFolder(files: Readonly<Record<string, string>> = {}) {
  // The real path: on some systems the temporary folder is a link.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'tinybase-functions-')));
  const pathOf = (name: string) => join(root, 'functions', name);
  const folder = {
    root,
    pathOf,
    write(name: string, body: string) {
      mkdirSync(dirname(pathOf(name)), { recursive: true });
      const sdk =
        "import { register, t, FunctionError, HttpAnswer, TinyBaseError } from 'tinybase';";
      // On one line with the code, so that the tests can count lines from 1.
      writeFileSync(pathOf(name), `${sdk} ${body}`);
    },
    writeRaw(path: string, text: string) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: (name: string) => rmSync(pathOf(name), { recursive: true }),
    rename: (from: string, to: string) => renameSync(pathOf(from), pathOf(to)),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
  for (const [name, body] of Object.entries(files)) folder.write(name, body);
  return folder;
}
export type Folder = ReturnType<typeof createFolder>;

/** The service with real worker processes on a real database, and its routes. */
export function createFunctionApp(folder: Folder, options: FunctionAppOptions = {}) {
  const lines: LogLine[] = [];
  const log =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warning: log('warning'),
    error: log('error'),
    isEnabled: () => true,
  };
  const fail = (error: unknown) => {
    throw error;
  };
  const onCall = createHook<FunctionCallEvent>(fail);
  const onComplete = createHook<FunctionCompleteEvent>(fail);
  const connection = openConnection({ path: ':memory:' });
  const { settings, callDb, store, ...rest } = options;
  const service = createFunctionService({
    store: store ?? createFunctionCallStore(connection, createLanes(connection)),
    settings: {
      path: join(folder.root, 'functions'),
      file: join(folder.root, 'functions.ts'),
      workers: 1,
      timeoutSeconds: 60,
      memoryMb: 256,
      maxQueue: 1000,
      maxConcurrentPerUser: 1000,
      callRetentionDays: 30,
      env: {},
      ...settings,
    },
    root: folder.root,
    clock: systemClock,
    logger,
    newId: () => Bun.randomUUIDv7(),
    callDb: callDb ?? (() => Promise.reject(new AppError('not_found', 'There is no database.'))),
    onCall,
    onComplete,
    isDebug: false,
    isWatching: false,
    ...rest,
  });
  const guard = createGuard((request) => {
    const name = request.headers.get('authorization')?.replace('Bearer ', '');
    return name ? (ACTORS[name] ?? ANONYMOUS) : ANONYMOUS;
  });
  const http = new Elysia({ normalize: false, strictPath: true })
    .onError(({ error, code, set }) => {
      if (error instanceof AppError) {
        set.status = STATUSES[error.code] ?? 500;
        return { detail: error.faults ?? error.message, code: error.code };
      }
      set.status = code === 'VALIDATION' ? 422 : 500;
      return { detail: String(error), code };
    })
    .use(functionRoutes(service, guard, { maxBodyBytes: 1024 * 1024 }))
    .use(functionAdminRoutes(service, guard));

  return {
    service,
    lines,
    onCall,
    onComplete,
    /** Calls as the server itself; a refusal is thrown. */
    call: (name: string, payload?: unknown) => service.call(SYSTEM, name, payload, CALL),
    /** Calls and reads the result; a failure is thrown, so that a test shows it. */
    async result(name: string, payload?: unknown, actor: Actor = SYSTEM): Promise<unknown> {
      const called = await service.call(actor, name, payload, CALL);
      if (called.status === 'failed') throw new Error(`${called.errorType}: ${called.error}`);
      if (called.status === 'answered') throw new Error('answered without the envelope');
      return JSON.parse(called.json);
    },
    async request(method: string, path: string, body?: unknown, as?: string) {
      const response = await http.handle(
        new Request(`http://localhost${path}`, {
          method,
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(as ? { authorization: `Bearer ${as}` } : {}),
            'x-colour': 'green',
            cookie: 'tb_session=secret',
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      // The tests say what they expect of an answer; here it is only carried.
      return { status: response.status, body: JSON.parse(text) as never, text };
    },
    async stop() {
      await service.stop(5_000);
      connection.close();
    },
  };
}
export type FunctionApp = ReturnType<typeof createFunctionApp>;

const STATUSES: Readonly<Record<string, number>> = {
  invalid_input: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  too_many_requests: 429,
  unavailable: 503,
};

/** Starts an app on these files and cleans up after the test, pass or fail. */
export async function withApp(
  files: Readonly<Record<string, string>>,
  options: FunctionAppOptions,
  test: (app: FunctionApp, folder: Folder) => Promise<void>,
): Promise<void> {
  const folder = createFolder(files);
  const app = createFunctionApp(folder, options);
  try {
    await app.service.start();
    await test(app, folder);
  } finally {
    await app.stop();
    folder.dispose();
  }
}
