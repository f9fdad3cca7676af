import { describe, expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import {
  ACTORS,
  type AskDoor,
  attempt,
  EVERYBODY,
  expectedAsk,
  expectedShow,
  expectedWrite,
  KEYS,
  type Key,
  LEVEL_PAIRS,
  openWorld,
  SECRETS,
  type ShowDoor,
  type ShownNote,
  seenOneByOne,
  toSeen,
  type WriteDoor,
} from './permissions.ts';

const parse = (text: string) => JSON.parse(text);
const itemsOf = (text: string): ShownNote[] => parse(text).items;

const SHOW_DOORS: readonly ShowDoor[] = [
  {
    name: 'list',
    kind: 'list',
    show: (world, actor) =>
      attempt(async () => toSeen(world, itemsOf(await world.records.list(actor, 'notes', {})))),
  },
  {
    name: 'list by cursor',
    kind: 'list',
    show: (world, actor) =>
      attempt(async () => {
        const found: ShownNote[] = [];
        let cursor: string | null = null;
        do {
          const query = { limit: 1, sort: 'title', ...(cursor !== null && { cursor }) };
          const page = parse(await world.records.list(actor, 'notes', query));
          found.push(...page.items);
          cursor = page.next_cursor;
        } while (cursor !== null);
        return toSeen(world, found);
      }),
  },
  {
    name: 'read',
    kind: 'single',
    show: (world, actor) =>
      seenOneByOne(world, async (id) => parse(world.records.get(actor, 'notes', id).text)),
  },
  {
    name: 'read, what the service answers beside the text',
    kind: 'single',
    show: (world, actor) =>
      seenOneByOne(world, async (id) => {
        const { record } = world.records.get(actor, 'notes', id);
        return { ...record, data: parse(record.data) };
      }),
  },
  {
    name: 'read with fields',
    kind: 'single',
    show: (world, actor) =>
      seenOneByOne(world, async (id) => {
        const { text } = await world.records
          .getWith(actor, 'notes', id, { fields: 'secret,title' })
          .catch(() => world.records.getWith(actor, 'notes', id, { fields: 'title' }));
        return parse(text);
      }),
  },
  {
    name: 'update',
    kind: 'single',
    show: (world, actor) =>
      seenOneByOne(world, async (id) =>
        parse((await world.records.update(actor, 'notes', id, { title: 'new' })).text),
      ),
  },
  {
    name: 'batch',
    kind: 'single',
    show: (world, actor) =>
      seenOneByOne(world, async (id) => {
        const change = { method: 'PATCH', collection: 'notes', id, data: { title: 'new' } };
        return parse(await world.records.batch(actor, [change])).results[0].record;
      }),
  },
  {
    name: 'expand in a list',
    kind: 'expand',
    show: (world, actor) =>
      attempt(async () => {
        const text = await world.records.list(actor, 'links', { expand: 'note' });
        const notes = parse(text).items.map(
          (item: { expanded: { note: ShownNote | null } }) => item.expanded.note,
        );
        return toSeen(
          world,
          notes.filter((note: ShownNote | null) => note !== null),
        );
      }),
  },
  {
    name: 'expand of a single record',
    kind: 'expand',
    show: (world, actor) =>
      attempt(async () => {
        const notes: ShownNote[] = [];
        for (const { id } of itemsOf(await world.records.list(SYSTEM, 'links', {}))) {
          const { text } = await world.records.getWith(actor, 'links', id, { expand: 'note' });
          const { note } = parse(text).expanded;
          if (note !== null) notes.push(note);
        }
        return toSeen(world, notes);
      }),
  },
];

const listing =
  (
    query: Parameters<Awaited<ReturnType<typeof openWorld>>['records']['list']>[2],
  ): AskDoor['ask'] =>
  async ({ records }, actor) =>
    records.list(actor, 'notes', query);

const ASK_DOORS: readonly AskDoor[] = [
  { name: 'filter', ask: listing({ filter: "secret = 'x'" }) },
  { name: 'filter, negated', ask: listing({ filter: "!(secret ~ 'x')" }) },
  { name: 'filter, beside others', ask: listing({ filter: "title = 'mine' || secret < 'x'" }) },
  { name: 'filter in (…)', ask: listing({ filter: "secret in ('x', 'y')" }) },
  { name: 'filter for null', ask: listing({ filter: 'secret = null' }) },
  { name: 'filter[field]', ask: listing({ 'filter[secret]': 'x' }) },
  { name: 'sort', ask: listing({ sort: 'secret' }) },
  { name: 'sort downwards, behind another', ask: listing({ sort: 'title,-secret' }) },
  { name: 'sort_by', ask: listing({ sort_by: 'secret' }) },
  { name: 'fields', ask: listing({ fields: 'title,secret' }) },
  { name: 'expand', ask: listing({ expand: 'topic' }) },
  {
    name: 'count',
    ask: ({ records }, actor) => records.count(actor, 'notes', { filter: "secret = 'x'" }),
  },
];

const VALUES = { title: 'new', secret: 'new' };
const WRITE_DOORS: readonly WriteDoor[] = [
  {
    name: 'create',
    kind: 'create',
    write: ({ records }, actor) => records.create(actor, 'notes', VALUES),
  },
  {
    name: 'create in a batch',
    kind: 'create',
    write: ({ records }, actor) =>
      records.batch(actor, [{ method: 'POST', collection: 'notes', data: VALUES }]),
  },
  {
    name: 'update',
    kind: 'update',
    write: ({ records, ids }, actor, key) => records.update(actor, 'notes', ids[key], VALUES),
  },
  {
    name: 'update to the value that is there',
    kind: 'update',
    write: ({ records, ids }, actor, key) =>
      records.update(actor, 'notes', ids[key], { secret: SECRETS[key] }),
  },
  {
    name: 'update to null',
    kind: 'update',
    write: ({ records, ids }, actor, key) =>
      records.update(actor, 'notes', ids[key], { secret: null }),
  },
  {
    name: 'update in a batch',
    kind: 'update',
    write: ({ records, ids }, actor, key) =>
      records.batch(actor, [
        { method: 'PATCH', collection: 'notes', id: ids[key], data: { secret: 'new' } },
      ]),
  },
];

describe.each(LEVEL_PAIRS)('rows %s, a field that %s may read', (row, field) => {
  test.each(SHOW_DOORS.map((door) => [door.name, door] as const))(
    '%s shows it to those',
    async (_name, door) => {
      const shown: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const who of EVERYBODY) {
        using world = await openWorld({ row, read: field });
        shown[who] = await door.show(world, ACTORS[who]);
        expected[who] = expectedShow(door.kind, row, field, who);
      }
      expect(shown).toEqual(expected);
    },
  );

  test('nobody else learns of it by asking', async () => {
    using world = await openWorld({ row, read: field });
    for (const { name, ask } of ASK_DOORS)
      for (const who of EVERYBODY) {
        const came = await attempt(async () => {
          await ask(world, ACTORS[who]);
          return 'done';
        });
        expect([name, who, came]).toEqual([name, who, expectedAsk(row, field, who)]);
      }
  });
});

describe.each(LEVEL_PAIRS)('rows %s, a field that %s may write', (row, field) => {
  test.each(WRITE_DOORS.map((door) => [door.name, door] as const))('%s', async (_name, door) => {
    using world = await openWorld({ row, write: field });
    for (const who of EVERYBODY)
      for (const key of KEYS) {
        const before = parse(world.records.get(SYSTEM, 'notes', world.ids[key]).record.data);
        const came = await attempt(async () => {
          await door.write(world, ACTORS[who], key);
          return 'done';
        });
        expect([who, key, came]).toEqual([
          who,
          key,
          expectedWrite(door.kind, row, field, who, key as Key),
        ]);
        const after = parse(world.records.get(SYSTEM, 'notes', world.ids[key]).record.data);
        if (came !== 'done') expect(after).toEqual(before);
      }
  });
});
