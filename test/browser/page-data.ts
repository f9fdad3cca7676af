import { type Client, expectStatus } from '../../scripts/support/http-client.ts';
import { makeArchive } from '../features/deployments/tar-gz.ts';
import {
  createAdmin,
  createUser,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import type { Places } from './pages.ts';

const HEAD = `import { FunctionError, register, t } from 'tinybase';\n`;

/** Harmless where it is shown as text; where it is not, `window.wasHit` tells. */
export const HOSTILE = {
  image: '<img src=x onerror="window.wasHit = 1">',
  script: '<script>window.wasHit = 2</script>',
  frame: '<iframe srcdoc="<script>parent.wasHit = 3</script>"></iframe>',
  link: 'javascript:window.wasHit=4',
  template: '{{ constructor.constructor("window.wasHit = 5")() }}',
} as const;

const BOOKS = {
  name: 'books',
  label: 'Books of the house',
  schema: {
    fields: [
      { name: 'title', type: 'string', required: true, max_length: 300 },
      { name: 'summary', type: 'text', description: 'What the back cover says' },
      { name: 'isbn', type: 'string', pattern: '^[0-9]{13}$', unique: true },
      { name: 'pages', type: 'integer', min: 1, max: 9999 },
      { name: 'price', type: 'float', min: 0 },
      { name: 'in_print', type: 'boolean', default: true },
      { name: 'status', type: 'string', enum: ['ordered', 'here', 'lent'] },
      {
        name: 'genre',
        type: 'string',
        enum: 'abcdefghij'.split('').map((letter) => `kind_${letter}`),
      },
      { name: 'tags', type: 'list[string]', max_items: 8 },
      {
        name: 'publisher',
        type: 'dict',
        properties: [
          { name: 'name', type: 'string', required: true },
          { name: 'founded', type: 'integer' },
        ],
      },
      { name: 'anything', type: 'dict', additional: true },
    ],
  },
};

/** Every type that books have not. */
const LOANS = {
  name: 'loans',
  schema: {
    fields: [
      { name: 'code', type: 'string', unique: true },
      { name: 'book', type: 'reference', collection: 'books', required: true },
      { name: 'reader', type: 'reference', collection: 'users', on_delete: 'set_null' },
      { name: 'day', type: 'date', default: 'now' },
      { name: 'back_by', type: 'datetime', min: '2020-01-01T00:00:00Z' },
      { name: 'contact', type: 'email' },
      { name: 'page', type: 'url' },
      { name: 'ticket', type: 'uuid' },
      { name: 'terms', type: 'json', max_bytes: 2000, read: 'admin' },
    ],
  },
  options: { indexes: [{ fields: ['day', 'code'], unique: false }] },
};

const TITLES = [
  'The fern and the wood',
  'كتاب عن الأشجار والحدائق',
  '樹木與庭園之書',
  'W'.repeat(200),
  'A title of many words '.repeat(9).trim(),
  HOSTILE.image,
  HOSTILE.script,
];

const FUNCTIONS = {
  'functions/order_books.ts': `${HEAD}
export default register({
  description: 'Orders books of one publisher, and says what they cost',
  tags: ['shop', 'books', 'money', 'mail'],
  input: t.Object({
    isbn: t.String({ pattern: '^[0-9]{13}$', description: 'Thirteen digits' }),
    copies: t.Integer({ minimum: 1, default: 1 }),
    express: t.Optional(t.Boolean()),
    how: t.Union([t.Literal('mail'), t.Literal('pick up')]),
    to: t.Object({ street: t.String(), town: t.String() }),
    notes: t.Array(t.String()),
  }),
  output: t.Object({ total: t.Number() }),
}, async (_ctx, payload) => ({ total: payload.copies * 12.5 }));
`,
  'functions/fails.ts': `${HEAD}
export default register(
  { auth: 'public', input: t.Object({}), output: t.Any() },
  async () => { throw new TypeError('${'No such shelf. '.repeat(12)}'); },
);
`,
};
const BROKEN = { 'functions/broken.ts': 'export default register({\n' };

/** One with declared settings and errors, one without either, one that is broken. */
const EXTENSIONS = {
  'extensions/greets/extension.toml': `[extension]
name = "greets"
version = "1.2.0"
description = "Greets whoever makes a record, in a sentence that is a little longer than its column"
author = "Ann <ann@example.com>"
license = "MIT"
[extension.settings.greeting]
type = "string"
default = "Hello"
description = "What it says"
[extension.settings.api_key]
type = "string"
secret = true
[extension.settings.retries]
type = "integer"
default = 3
[extension.settings.is_loud]
type = "boolean"
[extension.settings.people]
type = "list"
[extension.settings.map]
type = "json"
`,
  'extensions/greets/main.ts': `import { before_record_create, on_startup } from 'tinybase/extensions';
before_record_create({ collection: 'greetings' }, () => undefined);
on_startup(() => { throw new Error(${JSON.stringify(`${HOSTILE.image} ${'cannot greet '.repeat(20)}`)}); });
`,
  'extensions/notes/extension.toml': '[extension]\nname = "notes"\nversion = "0.1.0"\n',
  'extensions/notes/main.ts': 'export {};\n',
  'extensions/faulty/extension.toml': '[extension]\nnmae = "faulty"\n',
};

const IDLE = `${HEAD}
export default register({ input: t.Object({}), output: t.Any() }, async () => null);
`;

export interface PageServers extends AsyncDisposable {
  readonly bare: ServerProcess;
  readonly empty: ServerProcess;
  readonly full: ServerProcess;
  readonly places: Places;
}

/** Three servers, each with the usual admin. */
export async function startPageServers(): Promise<PageServers> {
  const dir = makeTemporaryFolder();
  writeFiles(dir, EXTENSIONS);
  const [bare, empty, full] = await Promise.all([
    startBinary(),
    startBinary(),
    startBinary({ dir }),
  ]);
  await createAdmin(bare);
  await fillEmpty(empty);
  const places = await fillFull(full);
  return {
    bare,
    empty,
    full,
    places,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([bare, empty, full].map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

async function fillEmpty(server: ServerProcess): Promise<void> {
  const admin = await createAdmin(server);
  const body = { name: 'blank', schema: { fields: [] } };
  expectStatus(await admin.post('/api/collections', body), 201, 'making blank');
  writeFiles(server.dir, { 'functions/idle.ts': IDLE });
  await untilListed(admin, ['idle']);
}

async function fillFull(server: ServerProcess): Promise<Places> {
  writeFiles(server.dir, FUNCTIONS);
  const admin = await createAdmin(server);
  expectStatus(await admin.post('/api/collections', BOOKS), 201, 'making books');
  for (const name of ['lendings', 'a_collection_with_quite_a_long_name_for_a_side_bar']) {
    const body = {
      name,
      schema: { fields: [{ name: 'note', type: 'string' }] },
      options: { access: { list: 'public', create: 'public' } },
    };
    expectStatus(await admin.post('/api/collections', body), 201, `making ${name}`);
  }
  let record = '';
  for (let number = 0; number < 60; number++) {
    const made = await admin.post('/api/collections/books/records', bookOf(number));
    record = expectStatus(made, 201, `making book ${number}`).id;
  }
  const users = await Promise.all(
    ['rui@example.com', `${'long-'.repeat(10)}name@example.com`].map((email) =>
      createUser(server.url, email),
    ),
  );
  await untilListed(admin, ['order_books', 'fails']);
  const loan = await fillLoans(admin, record, users[0]?.id ?? '');
  const order = {
    isbn: '9780000000001',
    copies: 2,
    how: 'mail',
    to: { street: 'Elm', town: 'Bern' },
    notes: [],
  };
  for (let times = 0; times < 3; times++) {
    expectStatus(await admin.post('/api/functions/order_books', order), 200, 'calling');
  }
  await admin.as(undefined).post('/api/functions/fails', {});
  const failed = await admin.post('/api/functions/fails', {});
  const user = users[0]?.id ?? '';
  await admin.patch(`/api/admin/users/${user}`, { is_active: false, email_verified: true });
  const noted = await admin.get('/api/admin/audit?action=user.update');
  const entry = expectStatus(noted, 200, 'reading the audit log').items[0].id;
  const deployment = await fillDeployments(admin);
  writeFiles(server.dir, BROKEN);
  const schedule = await fillSchedules(admin);
  const { id: backup } = expectStatus(await admin.post('/api/admin/backups'), 202, 'a backup');
  const token = await fillTokens(admin);
  return {
    record,
    loan,
    call: failed.body.call_id,
    schedule,
    user,
    token,
    entry,
    backup,
    deployment,
  };
}

/** One of every scope without an end, and one that is used. */
async function fillTokens(admin: Client): Promise<string> {
  const scopes = ['records:read', 'records:write', 'functions:call', 'functions:deploy', 'admin'];
  let id = '';
  for (const body of [
    { name: `${HOSTILE.image} ${'with a long name '.repeat(3)}`.trim(), scopes },
    { name: 'Nightly import', scopes: scopes.slice(0, 2), expires_at: '2999-12-31T00:00:00Z' },
  ]) {
    const made = await admin.post('/api/admin/api-tokens', body);
    const { id: last, token } = expectStatus(made, 201, `making the token ${body.name}`);
    await admin.as(token).get('/api/collections');
    id = last;
  }
  return id;
}

async function fillLoans(admin: Client, book: string, reader: string): Promise<string> {
  expectStatus(await admin.post('/api/collections', LOANS), 201, 'making loans');
  let loan = '';
  for (const number of [1, 2, 3]) {
    const made = await admin.post('/api/collections/loans/records', {
      code: `L-${number}`,
      book,
      reader,
      back_by: '2026-12-24T17:30:00.250Z',
      contact: 'rui@example.com',
      page: `https://example.com/${'long/'.repeat(20)}`,
      ticket: '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b',
      terms: ['fine', { per_day: 0.5 }],
    });
    loan = expectStatus(made, 201, `making loan ${number}`).id;
  }
  return loan;
}

/** Two versions, and the folder of the server answers again; the id of the newer. */
async function fillDeployments(admin: Client): Promise<string> {
  const type = { 'content-type': 'application/gzip' };
  let id = '';
  for (const [message, more] of [
    [HOSTILE.image, {}],
    ['long '.repeat(40), { [`functions/${'long_'.repeat(11)}name.ts`]: IDLE }],
  ] as const) {
    const path = `/api/admin/functions/deploy?message=${encodeURIComponent(message)}`;
    const archive = new Uint8Array(await makeArchive({ ...FUNCTIONS, ...more }));
    const made = await admin.request('POST', path, archive, type);
    id = expectStatus(made, 201, 'deploying').id;
  }
  const local = await admin.post('/api/admin/functions/deployments/local/activate');
  expectStatus(local, 200, 'going back to the folder');
  await untilListed(admin, ['order_books', 'fails']);
  return id;
}

/** None of them is due while the pages are looked at; the last has run by hand. */
async function fillSchedules(admin: Client): Promise<string> {
  const order = {
    isbn: '9780000000001',
    copies: 2,
    how: 'mail',
    to: { street: 'Elm', town: 'Bern' },
    notes: [],
  };
  const timezone = 'Pacific/Kiritimati';
  let last = '';
  for (const body of [
    { name: HOSTILE.image, schedule: { method: 'interval', unit: 'days', value: 400, timezone } },
    { name: 'off', schedule: { method: 'cron', cron: '5,35 */6 29 2 *' }, is_active: false },
    {
      name: `A schedule with ${'a very '.repeat(20)}long name`,
      schedule: { method: 'once', date: '2999-12-31', time: '23:59:59', timezone },
      function_name: 'order_books',
      payload: order,
    },
    { name: 'Yearly', schedule: { method: 'cron', cron: '30 2 1 1 *', timezone: 'Europe/Berlin' } },
  ]) {
    const made = await admin.post('/api/admin/schedules', { function_name: 'fails', ...body });
    last = expectStatus(made, 201, `making the schedule ${body.name}`).id;
  }
  expectStatus(await admin.post(`/api/admin/schedules/${last}/run`), 202, 'running it');
  return last;
}

function bookOf(number: number) {
  return {
    title: TITLES[(60 - number) % 20] ?? `Book ${number}`,
    summary: number % 3 === 0 ? `${HOSTILE.image} and words. `.repeat(20) : null,
    isbn: String(9_780_000_000_000 + number),
    pages: 100 + number,
    price: number * 1.25,
    status: ['ordered', 'here', 'lent'][number % 3],
    tags: [HOSTILE.script, 'green'],
    publisher: { name: HOSTILE.image, founded: 1900 + number },
    anything: { deep: { deeper: [1, 2, HOSTILE.link] } },
  };
}

async function untilListed(
  admin: { get(path: string): Promise<{ body: { items?: { name: string }[] } }> },
  names: readonly string[],
): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { body } = await admin.get('/api/admin/functions');
    const list = Array.isArray(body) ? body : (body.items ?? []);
    if (names.every((name) => list.some((item: { name: string }) => item.name === name))) return;
    if (tries > 5000) throw new Error(`Never loaded: ${names.join(', ')}`);
    await Bun.sleep(20);
  }
}
