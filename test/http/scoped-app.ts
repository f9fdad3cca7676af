import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openParts } from '../../src/app-parts.ts';
import { createRoutes } from '../../src/app-routes.ts';
import type { Scope } from '../../src/core/actor.ts';
import { SYSTEM } from '../../src/core/actor.ts';
import { systemClock } from '../../src/core/clock.ts';
import { loadConfig } from '../../src/core/config.ts';
import { createLogger } from '../../src/core/logger.ts';
import { createServer } from '../../src/http/server.ts';
import { newId } from '../../src/lib/ids.ts';

export interface ScopedRoute {
  readonly method: string;
  readonly path: string;
  readonly operationId: string | undefined;
  readonly access: string | undefined;
}

export const PASSWORD = 'correct horse';
const SCHEMA = {
  fields: [
    { name: 'title', type: 'string' },
    { name: 'by', type: 'reference', collection: 'users' },
  ],
};

/** The real app with all its routes, an admin, a user, and a collection with a record of each. */
export async function openScopedApp(functions: Readonly<Record<string, string>> = {}) {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tinybase-scopes-')));
  mkdirSync(join(dir, 'functions'));
  for (const [name, source] of Object.entries(functions))
    writeFileSync(
      join(dir, 'functions', name),
      `import { register, t } from 'tinybase'; ${source}`,
    );
  const lines: string[] = [];
  const { config } = loadConfig({ dir, env: { TINYBASE_FUNCTIONS_WORKERS: '1' } });
  const logger = createLogger({
    level: 'debug',
    format: 'json',
    write: (line) => void lines.push(line),
  });
  const options = { config, dir, logger, version: '0.0.0' };
  const parts = openParts(options);
  await parts.deployments.start();
  const { app, errors } = createRoutes(parts, options);
  const server = createServer({
    handler: app,
    errors,
    config: config.server,
    logger,
    metrics: parts.metrics,
    clock: systemClock,
    newId,
  });
  const answers: string[] = [];

  async function call(method: string, path: string, extra: CallOptions = {}) {
    const { token, body, headers = {} } = extra;
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await server.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    answers.push(text);
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    const parsed = isJson && text !== '' ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  async function signIn(email: string): Promise<string> {
    return (await call('POST', '/api/auth/login', { body: { email, password: PASSWORD } })).body
      .token;
  }

  await parts.users.addAdmin('boss@example.com', PASSWORD);
  const boss = await signIn('boss@example.com');
  const ann = (
    await call('POST', '/api/auth/register', {
      body: { email: 'ann@example.com', password: PASSWORD },
    })
  ).body;
  await call('POST', '/api/collections', { token: boss, body: { name: 'posts', schema: SCHEMA } });
  const post = async (owner_id: string) =>
    JSON.parse(
      (
        await parts.records.create(
          SYSTEM,
          'posts',
          { title: 'hers', by: owner_id },
          { id: undefined, ownerId: owner_id },
        )
      ).text,
    );

  return {
    dir,
    parts,
    lines,
    answers,
    boss,
    ann,
    call,
    signIn,
    record: await post(ann.id),
    addRecord: () => post(ann.id),
    routes: app.routes.map(({ method, path, hooks }): ScopedRoute => {
      const detail: { operationId?: string; 'x-access'?: string } | undefined = hooks?.detail;
      return { method, path, operationId: detail?.operationId, access: detail?.['x-access'] };
    }),
    async tokenOf(...scopes: readonly Scope[]): Promise<string> {
      const body = { name: 'test', scopes };
      return (await call('POST', '/api/admin/api-tokens', { token: boss, body })).body.token;
    },
    /** Everything that the database holds, but for when tokens were used. */
    async dump(): Promise<string> {
      const { Database } = await import('bun:sqlite');
      using db = new Database(join(dir, 'tinybase.db'), { readonly: true });
      const tables = db
        .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .all();
      return JSON.stringify(
        tables.map(({ name }) => [
          name,
          db
            .query(`SELECT * FROM "${name}"`)
            .all()
            .map((row) => ({ ...(row as object), last_used_at: undefined })),
        ]),
      );
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await parts.functions.stop(0);
      parts.metrics.stop();
      await parts.storage.stopWriting(1000);
      parts.storage.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
export type ScopedApp = Awaited<ReturnType<typeof openScopedApp>>;

interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
