import { describe, expect, test } from 'bun:test';
import { tmpdir } from 'node:os';
import {
  ACTORS,
  type AskDoor,
  attempt,
  EVERYBODY,
  expectedAsk,
  expectedShow,
  expectedWrite,
  KEYS,
  LEVEL_PAIRS,
  openWorld,
  type ShowDoor,
  type ShownNote,
  toSeen,
  type World,
  type WriteDoor,
} from '../permissions.ts';
import { openTransfers } from './transfer-app.ts';

const transfersOf = (world: World) => openTransfers(world.app, tmpdir());

const SHOW_DOORS: readonly ShowDoor[] = (['json', 'ndjson'] as const).map((format) => ({
  name: `export as ${format}`,
  kind: 'list',
  show: (world, actor) =>
    attempt(async () => {
      const text = await transfersOf(world).dump('notes', format, { actor });
      const notes: ShownNote[] =
        format === 'json'
          ? JSON.parse(text)
          : text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));
      return toSeen(world, notes);
    }),
}));

const ASK_DOORS: readonly AskDoor[] = [
  {
    name: 'fields of an export',
    ask: (world, actor) => transfersOf(world).dump('notes', 'csv', { actor, fields: 'secret' }),
  },
  {
    name: 'filter of an export',
    ask: (world, actor) =>
      transfersOf(world).dump('notes', 'csv', { actor, filter: "secret = 'x'" }),
  },
];

const WRITE_DOORS: readonly WriteDoor[] = (['csv', 'ndjson'] as const).map((format) => ({
  name: `import of ${format}`,
  kind: 'create',
  write: async (world, actor) => {
    const file = format === 'csv' ? 'title,secret\nnew,x' : '{"title":"new","secret":"x"}';
    const { errors } = await transfersOf(world).load('notes', file, { actor, format });
    expect(errors).toEqual([]);
  },
}));

describe.each([...LEVEL_PAIRS])('rows for %s, the field for %s', (row, field) => {
  for (const who of EVERYBODY) {
    for (const door of SHOW_DOORS)
      test(`${door.name} shows ${who} the same as a list`, async () => {
        using world = await openWorld({ row, read: field });
        expect(await door.show(world, ACTORS[who])).toEqual(
          expectedShow(door.kind, row, field, who),
        );
      });

    for (const door of ASK_DOORS)
      test(`${door.name} tells ${who} no more than a list`, async () => {
        using world = await openWorld({ row, read: field });
        const outcome = await attempt(async () => {
          await door.ask(world, ACTORS[who]);
          return { isDone: true };
        });
        expect(typeof outcome === 'string' ? outcome : 'done').toBe(expectedAsk(row, field, who));
      });

    for (const door of WRITE_DOORS)
      test(`${door.name} lets ${who} write the same as a create`, async () => {
        using world = await openWorld({ row, write: field });
        const outcome = await attempt(async () => {
          await door.write(world, ACTORS[who], 'mine');
          return { isDone: true };
        });
        // Levels of rows that only say which rows are meant let every user create.
        const wanted =
          row === 'owner' && who !== 'anonymous'
            ? expectedWrite(door.kind, 'auth', field, who, 'mine')
            : expectedWrite(door.kind, row, field, who, 'mine');
        expect(typeof outcome === 'string' ? outcome : 'done').toBe(wanted);
      });

    for (const key of KEYS)
      test(`an upsert lets ${who} write ${key} the same as a change`, async () => {
        using world = await openWorld({ row, write: field });
        const file = `{"id":"${world.ids[key]}","secret":"x"}`;
        const options = { actor: ACTORS[who], format: 'ndjson', upsertBy: 'id' } as const;
        const outcome = await attempt(() => transfersOf(world).load('notes', file, options));
        const isDone = typeof outcome !== 'string' && outcome.updated === 1;
        expect(isDone).toBe(expectedWrite('update', row, field, who, key) === 'done');
      });
  }
});
