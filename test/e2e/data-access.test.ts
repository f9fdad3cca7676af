import { beforeAll, describe, expect, test } from 'bun:test';
import { type Answer, type Client, expectStatus } from '../../scripts/support/http-client.ts';
import {
  EVERYBODY,
  expectedAsk,
  expectedShow,
  expectedWrite,
  KEYS,
  type Key,
  LEVEL_PAIRS,
  SECRETS,
  type Seen,
  type ShownNote,
  toSeen,
  type Who,
} from '../features/records/permissions.ts';
import { createUser } from '../support/binary.ts';
import { serveForFile } from '../support/served.ts';
import { accessOf, add, define, listOf, recordsOf } from './data-support.ts';

/** Does one thing to the data with the rights of whoever calls, and answers what came of it. */
const AS_CALLER = `import { register, t, TinyBaseError } from 'tinybase';

export default register({ auth: 'public', input: t.Any(), output: t.Any() }, async (ctx, payload) => {
  const { op, name, id, query, data, requests } = payload as any;
  const db = ctx.db.as_caller();
  const collection = db.collection(name ?? 'none');
  try {
    switch (op) {
      case 'list': return { result: await collection.list(query) };
      case 'count': return { result: await collection.count(query) };
      case 'get': return { result: await collection.get(id, query) };
      case 'create': return { result: await collection.create(data) };
      case 'update': return { result: await collection.update(id, data) };
      case 'delete': return { result: (await collection.delete(id)) ?? null };
      case 'batch': return { result: await db.batch(requests) };
    }
  } catch (error) {
    if (error instanceof TinyBaseError) return { refused: error.code };
    throw error;
  }
});
`;

let people: Readonly<Record<Who, Client>>;
let owners: Readonly<Record<Key, string>>;
const served = serveForFile(
  { 'functions/as_caller.ts': AS_CALLER },
  async ({ server, admin, ann, bob, anonymous }) => {
    const carl = await createUser(server.url, 'carl@example.com');
    people = { anonymous, stranger: bob, owner: ann, admin };
    owners = { mine: ann.id, theirs: carl.id };
    await define(admin, 'topics', [{ name: 'name', type: 'string' }]);
  },
);

interface World {
  readonly notes: string;
  readonly links: string;
  readonly ids: Readonly<Record<Key, string>>;
  readonly linkIds: readonly string[];
}

/** Notes whose field `secret` has a level of its own, one of ann's and one of carl's, and public links to them. */
async function makeWorld(
  name: string,
  row: string,
  limits: { readonly read?: string; readonly write?: string },
): Promise<World> {
  const { admin } = served();
  const links = `${name}_links`;
  await define(
    admin,
    name,
    [
      { name: 'title', type: 'string' },
      { name: 'secret', type: 'string', ...limits },
      { name: 'topic', type: 'reference', collection: 'topics', ...limits },
    ],
    { access: accessOf(row) },
  );
  await define(admin, links, [{ name: 'note', type: 'reference', collection: name }]);
  const topic = await add(admin, 'topics', { name: 'one' });
  const linkIds: string[] = [];
  const make = async (key: Key) => {
    const data = { title: key, secret: SECRETS[key], topic: topic.id };
    const note = await add(admin, name, data, `?owner_id=${owners[key]}`);
    linkIds.push((await add(admin, links, { note: note.id })).id);
    return note.id as string;
  };
  return {
    notes: name,
    links,
    ids: { mine: await make('mine'), theirs: await make('theirs') },
    linkIds,
  };
}

/** What came of a request: the body, or the code of the error. */
const outcome = ({ status, body }: Answer) => (status < 300 ? body : (body.code as string));

/** The same of a call in a function. */
async function asCaller(who: Client, payload: object) {
  const { result } = expectStatus(await who.post('/api/functions/as_caller', payload), 200, 'call');
  return 'refused' in result ? (result.refused as string) : result.result;
}

/** What single records show: those that are missing are left out, other refusals count for both. */
async function eachNote(
  world: World,
  show: (id: string, index: number) => Promise<ShownNote | null | string>,
): Promise<Seen | string> {
  const notes: ShownNote[] = [];
  let missing = 0;
  for (const [index, key] of KEYS.entries()) {
    const note = await show(world.ids[key], index);
    if (note === 'not_found') missing++;
    else if (typeof note === 'string') return note;
    else if (note !== null) notes.push(note);
  }
  return missing === KEYS.length ? 'not_found' : toSeen(world, notes);
}

const seenIn = (world: World, body: { items: ShownNote[] } | string) =>
  typeof body === 'string' ? body : toSeen(world, body.items);
const expandedIn = (items: readonly { expanded: { note: ShownNote | null } }[]) =>
  items.map(({ expanded }) => expanded.note).filter((note) => note !== null);

interface ShowDoor {
  readonly name: string;
  readonly kind: Parameters<typeof expectedShow>[0];
  show(world: World, who: Client): Promise<Seen | string>;
}

const SHOW_DOORS: readonly ShowDoor[] = [
  {
    name: 'list',
    kind: 'list',
    show: async (world, who) => seenIn(world, outcome(await who.get(recordsOf(world.notes)))),
  },
  {
    name: 'list, filtered, sorted and by cursor',
    kind: 'list',
    async show(world, who) {
      const items: ShownNote[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const place = cursor === '' ? {} : { cursor };
        const query = { filter: 'title != null', sort: 'title', limit: 1, ...place };
        const page = outcome(await who.get(listOf(world.notes, query)));
        if (typeof page === 'string') return page;
        items.push(...page.items);
        cursor = page.next_cursor;
      }
      return toSeen(world, items);
    },
  },
  {
    name: 'read',
    kind: 'single',
    show: (world, who) =>
      eachNote(world, async (id) => outcome(await who.get(`${recordsOf(world.notes)}/${id}`))),
  },
  {
    name: 'update',
    kind: 'single',
    show: (world, who) =>
      eachNote(world, async (id) =>
        outcome(await who.patch(`${recordsOf(world.notes)}/${id}`, { title: 'new' })),
      ),
  },
  {
    name: 'batch',
    kind: 'single',
    show: (world, who) =>
      eachNote(world, async (id) => {
        const request = { method: 'PATCH', collection: world.notes, id, data: { title: 'new' } };
        const body = outcome(await who.post('/api/batch', { requests: [request] }));
        return typeof body === 'string' ? body : body.results[0].record;
      }),
  },
  {
    name: 'expand in a list',
    kind: 'expand',
    async show(world, who) {
      const { items } = outcome(await who.get(listOf(world.links, { expand: 'note' })));
      return toSeen(world, expandedIn(items));
    },
  },
  {
    name: 'expand of a single record',
    kind: 'expand',
    async show(world, who) {
      const links = await Promise.all(
        world.linkIds.map((id) => who.get(`${recordsOf(world.links)}/${id}?expand=note`)),
      );
      return toSeen(world, expandedIn(links.map(({ body }) => body)));
    },
  },
  {
    name: 'export as JSON',
    kind: 'list',
    async show(world, who) {
      const items = outcome(await who.get(`${recordsOf(world.notes)}/export?format=json`));
      return typeof items === 'string' ? items : toSeen(world, items);
    },
  },
  {
    name: 'export as NDJSON',
    kind: 'list',
    async show(world, who) {
      const answer = await who.get(`${recordsOf(world.notes)}/export?format=ndjson`);
      if (answer.status !== 200) return answer.body.code;
      // One line alone is read as JSON by the client.
      if (typeof answer.body === 'object') return toSeen(world, [answer.body]);
      const lines: string[] = (answer.body ?? '').trim().split('\n');
      return toSeen(
        world,
        lines.filter((line) => line !== '').map((line) => JSON.parse(line)),
      );
    },
  },
  {
    name: 'export as CSV',
    kind: 'list',
    async show(world, who) {
      const answer = await who.get(`${recordsOf(world.notes)}/export?format=csv`);
      if (answer.status !== 200) return answer.body.code;
      const [head = '', ...lines] = answer.body.trim().split('\r\n');
      const names = head.split(',');
      const notes = lines.map((line: string) => {
        const cells = Object.fromEntries(line.split(',').map((cell, n) => [names[n], cell]));
        const { id, ...data } = cells;
        return { id, data: data.secret === '' ? { title: data.title } : data };
      });
      return toSeen(world, notes);
    },
  },
  {
    name: 'list by a function with the rights of its caller',
    kind: 'list',
    show: async (world, who) =>
      seenIn(world, await asCaller(who, { op: 'list', name: world.notes })),
  },
  {
    name: 'get by a function with the rights of its caller',
    kind: 'single',
    show: (world, who) =>
      eachNote(
        world,
        async (id) => (await asCaller(who, { op: 'get', name: world.notes, id })) ?? 'not_found',
      ),
  },
  {
    name: 'update by a function with the rights of its caller',
    kind: 'single',
    show: (world, who) =>
      eachNote(world, (id) =>
        asCaller(who, { op: 'update', name: world.notes, id, data: { title: 'new' } }),
      ),
  },
  {
    name: 'batch by a function with the rights of its caller',
    kind: 'single',
    show: (world, who) =>
      eachNote(world, async (id) => {
        const request = { method: 'PATCH', collection: world.notes, id, data: { title: 'new' } };
        const body = await asCaller(who, { op: 'batch', requests: [request] });
        return typeof body === 'string' ? body : body[0].record;
      }),
  },
  {
    name: 'expand by a function with the rights of its caller',
    kind: 'expand',
    async show(world, who) {
      const query = { expand: ['note'] };
      const { items } = await asCaller(who, { op: 'list', name: world.links, query });
      return toSeen(world, expandedIn(items));
    },
  },
];

interface AskDoor {
  readonly name: string;
  ask(world: World, who: Client): Promise<unknown>;
}
const listing = (name: string, query: Readonly<Record<string, string>>): AskDoor => ({
  name,
  ask: async ({ notes }, who) => outcome(await who.get(listOf(notes, query))),
});
const exporting = (name: string, query: string): AskDoor => ({
  name,
  ask: async ({ notes }, who) => outcome(await who.get(`${recordsOf(notes)}/export?${query}`)),
});
const calling = (name: string, op: string, query: object): AskDoor => ({
  name: `${name} by a function`,
  ask: ({ notes }, who) => asCaller(who, { op, name: notes, query }),
});

/** Each asks about the field `secret`, or `topic` with the same levels, in the whole of what may be listed. */
const ASK_DOORS: readonly AskDoor[] = [
  listing('filter', { filter: "secret = 'x'" }),
  listing('filter, negated', { filter: "!(secret ~ 'x')" }),
  listing('filter, beside others', { filter: "title = 'mine' || secret < 'x'" }),
  listing('filter in (…)', { filter: "secret in ('x', 'y')" }),
  listing('filter for null', { filter: 'secret = null' }),
  listing('filter that finds nothing else either', { filter: "id = null && secret = 'x'" }),
  listing('filter[field]', { 'filter[secret]': 'x' }),
  listing('sort', { sort: 'secret' }),
  listing('sort downwards, behind another', { sort: 'title,-secret' }),
  listing('sort_by', { sort_by: 'secret', sort_order: 'desc' }),
  listing('fields', { fields: 'title,secret' }),
  listing('expand', { expand: 'topic' }),
  listing('count', { filter: "secret = 'x'", count: 'exact', limit: '1' }),
  exporting('export with a filter', "filter=secret='x'"),
  exporting('export with filter[field]', 'format=ndjson&filter[secret]=x'),
  exporting('export of fields', 'format=csv&fields=secret'),
  calling('filter', 'list', { filter: "secret = 'x'" }),
  calling('sort', 'list', { sort: '-secret' }),
  calling('fields', 'list', { fields: ['secret'] }),
  calling('expand', 'list', { expand: ['topic'] }),
  calling('count', 'count', { filter: "secret = 'x'" }),
];

interface WriteDoor {
  readonly name: string;
  readonly kind: Parameters<typeof expectedWrite>[0];
  write(world: World, who: Client, key: Key): Promise<unknown>;
}
const VALUES = { title: 'new', secret: 'new' };
const updating = (name: string, data: (key: Key) => object): WriteDoor => ({
  name,
  kind: 'update',
  write: async ({ notes, ids }, who, key) =>
    outcome(await who.patch(`${recordsOf(notes)}/${ids[key]}`, data(key))),
});
const WRITE_DOORS: readonly WriteDoor[] = [
  {
    name: 'create',
    kind: 'create',
    write: async ({ notes }, who) => outcome(await who.post(recordsOf(notes), VALUES)),
  },
  {
    name: 'create in a batch',
    kind: 'create',
    write: async ({ notes }, who) =>
      outcome(
        await who.post('/api/batch', {
          requests: [{ method: 'POST', collection: notes, data: VALUES }],
        }),
      ),
  },
  {
    name: 'create by a function',
    kind: 'create',
    write: ({ notes }, who) => asCaller(who, { op: 'create', name: notes, data: VALUES }),
  },
  updating('update', () => VALUES),
  updating('update to the value that is there', (key) => ({ secret: SECRETS[key] })),
  updating('update to null', () => ({ secret: null })),
  {
    name: 'update in a batch, behind one that is allowed',
    kind: 'update',
    write: async ({ notes, ids }, who, key) =>
      outcome(
        await who.post('/api/batch', {
          requests: [
            { method: 'POST', collection: 'topics', data: { name: 'by the way' } },
            { method: 'PATCH', collection: notes, id: ids[key], data: VALUES },
          ],
        }),
      ),
  },
  {
    name: 'update by a function',
    kind: 'update',
    write: ({ notes, ids }, who, key) =>
      asCaller(who, { op: 'update', name: notes, id: ids[key], data: VALUES }),
  },
  {
    name: 'update in a batch by a function',
    kind: 'update',
    write: ({ notes, ids }, who, key) =>
      asCaller(who, {
        op: 'batch',
        requests: [{ method: 'PATCH', collection: notes, id: ids[key], data: VALUES }],
      }),
  },
];

describe.each(LEVEL_PAIRS)('rows %s, a field that %s may read', (row, field) => {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld(`read_${row}_${field}`, row, { read: field });
  });

  test.each(SHOW_DOORS.map((door) => [door.name, door] as const))('%s', async (_name, door) => {
    for (const who of EVERYBODY)
      expect([who, await door.show(world, people[who])]).toEqual([
        who,
        expectedShow(door.kind, row, field, who),
      ]);
  });

  test('totals count what is listed and nothing else', async () => {
    for (const who of EVERYBODY) {
      const listed = expectedShow('list', row, field, who);
      const total = typeof listed === 'string' ? listed : Object.keys(listed).length;
      for (const query of [{}, { count: 'exact' }, { filter: 'title != null', limit: 1 }]) {
        const body = outcome(await people[who].get(listOf(world.notes, query)));
        expect([who, query, body.total ?? body]).toEqual([who, query, total]);
      }
      const counted = await asCaller(people[who], { op: 'count', name: world.notes });
      expect([who, counted]).toEqual([who, total]);
    }
  });

  test('nobody else learns of it by asking', async () => {
    for (const { name, ask } of ASK_DOORS)
      for (const who of EVERYBODY) {
        const came = await ask(world, people[who]);
        const expected = expectedAsk(row, field, who);
        expect([
          name,
          who,
          typeof came === 'string' && /^[a-z_]+$/.test(came) ? came : 'done',
        ]).toEqual([name, who, expected]);
      }
  });
});

describe.each(LEVEL_PAIRS)('rows %s, a field that %s may write', (row, field) => {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld(`write_${row}_${field}`, row, { write: field });
  });

  test.each(WRITE_DOORS.map((door) => [door.name, door] as const))('%s', async (_name, door) => {
    const { admin } = served();
    const state = async () => {
      const [notes, topics] = await Promise.all([
        admin.get(recordsOf(world.notes)),
        admin.get(listOf('topics', { count: 'exact', limit: 1 })),
      ]);
      return { notes: notes.body.items, topics: topics.body.total };
    };
    for (const who of EVERYBODY)
      for (const key of KEYS) {
        const before = await state();
        const came = await door.write(world, people[who], key);
        const isDone = typeof came !== 'string';
        expect([who, key, isDone ? 'done' : came]).toEqual([
          who,
          key,
          expectedWrite(door.kind, row, field, who, key),
        ]);
        if (!isDone) expect(await state()).toEqual(before);
        else if (door.kind === 'update')
          await admin.patch(`${recordsOf(world.notes)}/${world.ids[key]}`, {
            secret: SECRETS[key],
          });
      }
  });

  test('an import writes nothing that its sender may not', async () => {
    const { admin } = served();
    for (const who of EVERYBODY) {
      const before = (await admin.get(listOf(world.notes, { count: 'exact' }))).body.total;
      const answer = await people[who].request(
        'POST',
        `${recordsOf(world.notes)}/import`,
        'title,secret\nnew,imported\n',
        { 'content-type': 'text/csv' },
      );
      const isDone = expectedWrite('create', row, field, who, 'mine') === 'done';
      expect([who, answer.status === 200]).toEqual([who, isDone]);
      expect(answer.status).toBeLessThan(500);
      const after = (await admin.get(listOf(world.notes, { count: 'exact' }))).body.total;
      expect(after - before).toBe(isDone ? 1 : 0);
    }
  });
});
