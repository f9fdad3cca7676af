import { createClient, expectStatus } from '../support/http-client.ts';
import { makeTemporaryFolder, startServer } from '../support/server-process.ts';
import type { BenchField } from './fields.ts';
import { type BenchAccess, type ListQuery, type Rival, recordsPath } from './rival.ts';

const ADMIN_EMAIL = 'bench@example.com';
const USER_EMAIL = 'reader@example.com';
const PASSWORD = 'a long enough password';

export interface TinyBase extends Rival {
  /** The folder with its database. */
  readonly dir: string;
  /** Stops the server, does the work on its files, and starts it again on the same port. */
  whileStopped(work: () => void | Promise<void>): Promise<void>;
}

interface BatchAnswer {
  readonly results: readonly {
    readonly status: number;
    readonly record: { readonly id: string };
  }[];
}
interface ListBody {
  readonly items: readonly unknown[];
  readonly total: number | null;
  readonly next_cursor: string | null;
}

/** dist/tinybase in a folder of its own, with one admin and one user. */
export async function startTinyBase(dir = makeTemporaryFolder('bench')): Promise<TinyBase> {
  let server = await startServer({ dir });
  const anonymous = createClient(server.url);
  const setup = { token: server.setupToken, email: ADMIN_EMAIL, password: PASSWORD };
  const session = expectStatus(
    await anonymous.post('/api/auth/setup', setup),
    201,
    'TinyBase: the first admin',
  );
  const admin = anonymous.as(session.token);
  const user = { email: USER_EMAIL, password: PASSWORD };
  expectStatus(await anonymous.post('/api/auth/register', user), 201, 'TinyBase: the user');
  const { token } = expectStatus(
    await anonymous.post('/api/auth/login', user),
    200,
    'TinyBase: signing in',
  );
  const { version } = expectStatus(await anonymous.get('/health'), 200, 'TinyBase: its version');
  return {
    name: 'TinyBase',
    version,
    port: server.port,
    dir: server.dir,
    get pid() {
      return server.pid;
    },
    admin,
    token,
    createdStatus: 201,
    async createCollection(name, fields) {
      const definition = {
        name,
        schema: { fields: fields.map(toField) },
        options: { access: accessFor('public') },
      };
      expectStatus(await admin.post('/api/collections', definition), 201, `TinyBase: ${name}`);
    },
    async dropCollection(name) {
      const path = `/api/collections/${name}?confirm=${name}`;
      expectStatus(await admin.delete(path), 204, `TinyBase: dropping ${name}`);
    },
    async setAccess(name, access) {
      const change = { options: { access: accessFor(access) } };
      expectStatus(
        await admin.patch(`/api/collections/${name}`, change),
        200,
        `TinyBase: access to ${name}`,
      );
    },
    async createMany(name, rows) {
      const requests = rows.map((data) => ({ method: 'POST', collection: name, data }));
      const answer: BatchAnswer = expectStatus(
        await admin.post('/api/batch', { requests }),
        200,
        `TinyBase: a batch of ${name}`,
      );
      return answer.results.map(({ record }) => record.id);
    },
    listPath: (name, query) => `${recordsPath(name)}?${toParameters(query)}`,
    readList(body) {
      const { items, total, next_cursor } = body as ListBody;
      return {
        count: items.length,
        total: total ?? undefined,
        nextCursor: next_cursor ?? undefined,
      };
    },
    async whileStopped(work) {
      await server.stop();
      await work();
      server = await server.restart();
    },
    stop: async () => {
      await server.stop();
    },
  };
}

const TYPES = {
  text: 'string',
  integer: 'integer',
  number: 'float',
  bool: 'boolean',
  datetime: 'datetime',
  email: 'email',
  choice: 'string',
  relation: 'reference',
} as const satisfies Record<BenchField['kind'], string>;

function toField({ name, kind, required, indexed, choices, to }: BenchField) {
  return {
    name,
    type: TYPES[kind],
    ...(required ? { required } : {}),
    ...(indexed ? { index: true } : {}),
    ...(choices ? { enum: choices } : {}),
    ...(to ? { collection: to, on_delete: 'cascade' } : {}),
  };
}

function accessFor(level: BenchAccess) {
  return { list: level, read: level, create: level, update: level, delete: level };
}

function toParameters({ filter, sort, limit, offset, cursor, withTotal }: ListQuery) {
  return new URLSearchParams({
    ...(filter === undefined ? {} : { filter }),
    ...(sort === undefined ? {} : { sort }),
    limit: String(limit),
    ...(offset === undefined ? {} : { offset: String(offset) }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(withTotal ? {} : { count: 'false' }),
  });
}
