// Runs alone: it measures.
import { expect, test } from 'bun:test';
import type { Answer, Client } from '../../scripts/support/http-client.ts';
import { expectStatus } from '../../scripts/support/http-client.ts';
import { client, createAdmin, makeTemporaryFolder, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { serveForFile } from '../support/served.ts';
import {
  type Data,
  expectSoundFile,
  fill,
  type Item,
  makeCollection,
  parseNdjson,
  readAll,
  recordsOf,
} from './bulk.ts';

/** More than are changed in the event loop: a thread writes. */
const ROWS = 20_000;
/** Records that writers change; the others are only read. */
const WRITTEN = 64;
const PATH = recordsOf('things');

const served = serveForFile();

/** The two forms of the collection: a field has another name, another one another type. */
const FORMS = {
  old: {
    fields: [
      { name: 'title', was: 'name', type: 'string' },
      { name: 'code', type: 'string' },
      { name: 'n', type: 'integer', index: true },
    ],
    isFormOf: (data: Data) => 'title' in data && !('name' in data) && typeof data.code === 'string',
  },
  new: {
    fields: [
      { name: 'name', was: 'title', type: 'string' },
      { name: 'code', type: 'integer' },
      { name: 'n', type: 'integer', index: true },
    ],
    isFormOf: (data: Data) => 'name' in data && !('title' in data) && typeof data.code === 'number',
  },
} as const;
type Form = keyof typeof FORMS;
const FORM_NAMES = ['old', 'new'] as const satisfies readonly Form[];

/** What clients see of one change. Requests that are sent after somebody saw it must show it too. */
interface Watch {
  readonly from: Form;
  readonly to: Form;
  /** Answers by what they show, for the log. */
  readonly seen: Map<string, number>;
  readonly faults: string[];
  isSeen: boolean;
  isOver: boolean;
}

/** The form of some records together; undefined for a mixture. */
function formOf(records: readonly { readonly data: Data }[]): Form | undefined {
  return FORM_NAMES.find((form) => records.every(({ data }) => FORMS[form].isFormOf(data)));
}

interface Asked {
  readonly what: string;
  /** Which form an answer shows; undefined when it shows none of them, which is a fault. */
  readonly send: () => Promise<Form | 'nothing' | undefined>;
}

/** Asks again and again until the change is over; then once more, which must show the new form. */
async function repeat(watch: Watch, { what, send }: Asked): Promise<void> {
  for (let isLast = false; !isLast; ) {
    isLast = watch.isOver;
    const mustBeNew = watch.isSeen;
    const form = await send();
    const key = `${what}: ${form === watch.from ? 'before' : form === watch.to ? 'after' : form}`;
    watch.seen.set(key, (watch.seen.get(key) ?? 0) + 1);
    if (form === undefined) watch.faults.push(`${what} shows a mixture`);
    if (form === watch.from && mustBeNew)
      watch.faults.push(`${what} shows the form before the change after somebody saw it done`);
    if (form === watch.to) watch.isSeen = true;
    // So that the clients of this process take turns.
    await Bun.sleep(1);
  }
}

function isRefusedForNow(watch: Watch, what: string, { status, headers, body }: Answer): boolean {
  if (status !== 503) return false;
  if (!(Number(headers.get('retry-after')) > 0) || body.code !== 'unavailable')
    watch.faults.push(`${what}: a 503 without Retry-After`);
  return true;
}

function createReaders(watch: Watch, client: Client, ids: readonly string[]): Asked[] {
  const expectOk = (what: string, answer: Answer): boolean => {
    if (answer.status === 200) return true;
    watch.faults.push(`${what} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return false;
  };
  const reader = (what: string, path: () => string, items: (body: Answer['body']) => Item[]) => ({
    what,
    send: async () => {
      const answer = await client.get(path());
      return expectOk(what, answer) ? formOf(items(answer.body)) : 'nothing';
    },
  });
  /** A query by a name that only one of the forms has. */
  const query = (what: string, path: string, form: Form) => ({
    what,
    send: async () => {
      const answer = await client.get(path);
      // A name that is unknown by now, or still.
      if (answer.status === 422) return form === watch.from ? watch.to : watch.from;
      if (!expectOk(what, answer)) return 'nothing';
      if (answer.body.items.length === 0) watch.faults.push(`${what} found nothing`);
      return formOf(answer.body.items) === form ? form : undefined;
    },
  });
  let at = 0;
  return [
    reader(
      'a read by id',
      () => `${PATH}/${ids[(at++ * 997) % ids.length]}`,
      (body) => [body],
    ),
    reader(
      'a list',
      () => `${PATH}?limit=100`,
      ({ items }) => items,
    ),
    reader(
      'a list by index',
      () => `${PATH}?limit=50&sort=-n&count=false`,
      ({ items }) => items,
    ),
    reader(
      'a list that no index sorts',
      () => `${PATH}?limit=50&sort=code`,
      ({ items }) => items,
    ),
    query('a filter by the old name', `${PATH}?filter=title ~ '999'&limit=20`, 'old'),
    query('a filter by the new name', `${PATH}?filter=name ~ '999'&limit=20`, 'new'),
    {
      what: 'the definition',
      send: async () => {
        const { body } = await client.get('/api/collections/things');
        const names = body.schema.fields.map(({ name, type }: Data) => `${name} ${type}`).join();
        return FORM_NAMES.find(
          (form) => names === FORMS[form].fields.map(({ name, type }) => `${name} ${type}`).join(),
        );
      },
    },
    {
      what: 'an export',
      send: async () => {
        const response = await fetch(`${client.url}${PATH}/export?format=ndjson`, {
          headers: { authorization: `Bearer ${client.token}` },
        });
        // One that the change comes upon breaks off, so that nobody takes it for whole.
        const text = await response.text().catch(() => undefined);
        return text === undefined ? 'nothing' : formOf(parseNdjson(text));
      },
    },
  ];
}

/** What was answered to writers: it must be there at the end. */
interface Written {
  readonly n: Map<string, number>;
  /** By id: the last title that was answered, whatever the field was called. */
  readonly title: Map<string, string>;
}

let counter = 0;

function createWriters(
  watch: Watch,
  client: Client,
  ids: readonly string[],
  written: Written,
): Asked[] {
  /** The form that a write of such data shows: what was stored, or that the names are not known. */
  const write = async (
    what: string,
    form: Form | undefined,
    send: () => Promise<Answer>,
    onDone: (item: Item) => void,
  ) => {
    const answer = await send();
    if (isRefusedForNow(watch, what, answer)) return 'nothing';
    if (answer.status === 422 && form !== undefined) return form === 'old' ? 'new' : 'old';
    if (answer.status !== 200 && answer.status !== 201) {
      watch.faults.push(`${what} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
      return 'nothing';
    }
    onDone(answer.body);
    return formOf([answer.body]);
  };
  const mine = (writer: number) => ids.filter((_, index) => index % 4 === writer);
  const pick = (from: readonly string[]) => from[++counter % from.length] ?? '';
  const ofForm = (form: Form, text: string, code: number): Data =>
    form === 'old' ? { title: text, code: String(code) } : { name: text, code };
  return [
    {
      what: 'an update of another field',
      send: () => {
        const id = pick(mine(0));
        const n = ROWS + ++counter;
        return write(
          'an update of another field',
          undefined,
          () => client.patch(`${PATH}/${id}`, { n }),
          () => written.n.set(id, n),
        );
      },
    },
    ...FORM_NAMES.map((form, index) => ({
      what: `an update by the ${form} names`,
      send: () => {
        const id = pick(mine(index + 1));
        const text = `999 changed ${++counter}`;
        return write(
          `an update by the ${form} names`,
          form,
          () => client.patch(`${PATH}/${id}`, ofForm(form, text, counter)),
          () => written.title.set(id, text),
        );
      },
    })),
    ...FORM_NAMES.map((form) => ({
      what: `a new record by the ${form} names`,
      send: () => {
        const text = `999 made ${++counter}`;
        return write(
          `a new record by the ${form} names`,
          form,
          () => client.post(PATH, { ...ofForm(form, text, counter), n: -counter }),
          ({ id }) => written.title.set(id, text),
        );
      },
    })),
  ];
}

test('while a big collection changes every answer is whole before or whole after, and writes are done or 503 with Retry-After', async () => {
  const { admin, server } = served();
  await makeCollection(
    admin,
    'things',
    FORMS.old.fields.map((field) => ({ ...field, was: undefined })),
  );
  const rows = Array.from({ length: ROWS }, (_, n) => ({
    title: `title ${n} of many`,
    code: String(n),
    n,
  }));
  await fill(admin, 'things', rows);
  const ids = (await readAll(admin, 'things')).map(({ id }) => id);
  const written: Written = { n: new Map(), title: new Map() };
  for (const [from, to] of [
    ['old', 'new'],
    ['new', 'old'],
    ['old', 'new'],
    ['new', 'old'],
    ['old', 'new'],
    ['new', 'old'],
  ] as const) {
    const watch: Watch = { from, to, seen: new Map(), faults: [], isSeen: false, isOver: false };
    const asked = [
      ...createReaders(watch, admin, ids.slice(WRITTEN)),
      ...createWriters(watch, admin, ids.slice(0, WRITTEN), written),
    ];
    const clients = Promise.all(asked.map((one) => repeat(watch, one)));
    // Each has been answered before the change begins.
    while (new Set([...watch.seen.keys()].map((key) => key.split(':')[0])).size < asked.length)
      await Bun.sleep(5);
    const started = performance.now();
    const answer = await admin.patch('/api/collections/things', {
      schema: { fields: FORMS[to].fields },
    });
    const tookMs = Math.round(performance.now() - started);
    watch.isSeen = true;
    watch.isOver = true;
    await clients;
    expectStatus(answer, 200, 'the change');
    const answers = [...watch.seen].map(([key, count]) => `${key} ${count}`).sort();
    console.log(`  ${from} → ${to} in ${tookMs} ms; ${answers.join(', ')}`);
    expect(watch.faults).toEqual([]);
    const stored = await readAll(admin, 'things');
    expect(formOf(stored)).toBe(to);
    const byId = new Map(stored.map((record) => [record.id, record.data]));
    for (const [id, n] of written.n) expect(byId.get(id)?.n).toBe(n);
    for (const [id, title] of written.title)
      expect(byId.get(id)?.[to === 'old' ? 'title' : 'name']).toBe(title);
    const created = [...written.title.values()].filter((title) => title.includes('made'));
    expect(stored).toHaveLength(ROWS + created.length);
  }
  expectSoundFile(server);
  expect(server.stderr()).not.toContain('"level":"error"');
});

test('a change that takes longer than a request may is answered when it is done', async () => {
  const dir = makeTemporaryFolder();
  const field = { name: 'a', type: 'string', index: true };
  let token: string | undefined;
  {
    await using server = await startBinary({ dir });
    const admin = await createAdmin(server);
    token = admin.token;
    await makeCollection(admin, 'many', [field]);
    const text = 'of a usual length, as many rows have it. '.repeat(5);
    await fill(
      admin,
      'many',
      Array.from({ length: 70_000 }, (_, n) => ({ a: `value ${n} ${text}` })),
    );
    expect(await server.stop()).toBe(0);
  }
  // Only now, so that nothing but the change has to be done in that time.
  writeFiles(dir, { 'tinybase.toml': '[server]\nrequest_timeout_seconds = 1\n' });
  await using server = await startBinary({ dir });
  const admin = client(server.url, token);
  for (const query of ['?dry_run=true', '']) {
    const fields = [{ ...field, name: 'b', was: 'a', unique: true }];
    const { status, body } = await admin.patch(`/api/collections/many${query}`, {
      schema: { fields },
    });
    expect({ status, code: body.code }).toEqual({ status: 200, code: undefined });
  }
});
