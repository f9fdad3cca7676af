import { describe, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM } from '../../../src/core/actor.ts';
import type { UpdateCollectionBody } from '../../../src/features/collections/schema.ts';
import { makeTemporaryFolder } from '../../support/binary.ts';
import { editLast, type Machine, openMachine, readFiles } from './machine.ts';

const TITLE = { name: 'title', type: 'string', required: true } as const;
const BODY = { name: 'body', type: 'text' } as const;

const create = ({ collections }: Machine, name: string, ...fields: readonly object[]) =>
  collections.create(SYSTEM, { name, schema: { fields } });
const change = (
  { collections }: Machine,
  name: string,
  body: UpdateCollectionBody,
  force = false,
) => collections.update(SYSTEM, name, body, force);
const write = ({ migrations }: Machine, message = '') =>
  migrations.write(SYSTEM, { message, isDryRun: false });
const upgrade = ({ migrations }: Machine) => migrations.upgrade(SYSTEM, { isDryRun: false });
const downgrade = ({ migrations }: Machine, to?: string) =>
  migrations.downgrade(SYSTEM, { to, isDryRun: false });

describe('what was changed becomes a file that another machine follows', () => {
  test('every kind of change arrives: create, rename, drop, fields, order, access, indexes', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    await create(here, 'authors', { name: 'email', type: 'string', unique: true });
    await create(here, 'posts', TITLE, {
      name: 'author',
      type: 'reference',
      collection: 'authors',
    });
    await create(here, 'drafts', TITLE);
    await write(here, 'first');
    await change(here, 'authors', { name: 'people', label: 'People' });
    await change(here, 'posts', {
      schema: {
        fields: [
          { name: 'author', type: 'reference', collection: 'people' },
          { name: 'headline', was: 'title', type: 'string', required: true, max_length: 99 },
          { name: 'rank', type: 'integer', index: true },
        ],
      },
      options: {
        access: { list: 'public' },
        indexes: [{ fields: ['author', 'rank'], unique: true }],
      },
    });
    await here.collections.delete(SYSTEM, 'drafts', undefined);
    const written = await write(here, 'Second thoughts!');
    expect(written?.file).toMatch(/^migrations\/\d{14}_second_thoughts\.json$/);
    expect(written?.lines).toEqual([
      'authors: rename to people',
      'people: label "People"',
      'posts: rename field title to headline',
      'posts: change field headline',
      'posts: add field rank',
      'posts: order fields anew',
      'posts: list for public',
      'posts: indexes author + rank',
      'drop drafts',
    ]);
    expect((await upgrade(there)).map(({ revision }) => revision)).toHaveLength(2);
    expect(there.state()).toEqual(here.state());
    expect(await write(there)).toBeUndefined();
  });

  test('collections that refer to each other in a circle arrive, and go again', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    await create(here, 'left', TITLE);
    await create(here, 'right', { name: 'other', type: 'reference', collection: 'left' });
    await change(here, 'left', {
      schema: { fields: [TITLE, { name: 'other', type: 'reference', collection: 'right' }] },
    });
    await write(here);
    await upgrade(there);
    expect(there.state()).toEqual(here.state());
    await downgrade(there, 'base');
    expect(there.state()).toEqual([]);
  });

  test('fields that changed places by name keep their own values', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'pairs', { name: 'a', type: 'string' }, { name: 'b', type: 'string' });
    await write(here);
    await change(here, 'pairs', {
      schema: {
        fields: [
          { name: 'b', was: 'a', type: 'string' },
          { name: 'a', was: 'b', type: 'string' },
        ],
      },
    });
    await write(here, 'swap');
    expect(JSON.parse(readFiles(folder).at(-1)?.text ?? '').up[0].rename_fields).toEqual([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ]);
  });

  test('a field that takes the old name of a renamed one is new, and the renamed one keeps its values', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    await create(here, 'posts', TITLE);
    await write(here);
    await change(here, 'posts', { schema: { fields: [{ ...TITLE, name: 'head', was: 'title' }] } });
    await change(here, 'posts', { schema: { fields: [{ ...TITLE, name: 'head' }, BODY] } });
    const fields = [
      { ...TITLE, name: 'constructor', was: 'head' },
      BODY,
      { name: 'title', type: 'integer' },
    ] as const;
    await change(here, 'posts', { schema: { fields } });
    await change(here, 'posts', {
      schema: {
        fields: [
          { ...TITLE, name: 'constructor' },
          { ...BODY, name: 'text', was: 'body' },
          { name: 'title', type: 'integer' },
        ],
      },
    });
    expect((await write(here, 'moved'))?.lines).toEqual([
      'posts: rename field title to constructor',
      'posts: add field text',
      'posts: add field title',
    ]);
    await upgrade(there);
    expect(there.state()).toEqual(here.state());
    await downgrade(there);
    expect(there.collections.all()[0]?.collection.schema.fields).toEqual([TITLE]);
  });

  test('a field that was dropped and made again is not the one that its name was given to before', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', { name: 'secret', type: 'string', read: 'admin' }, BODY);
    await write(here);
    const note = { name: 'note', type: 'string' } as const;
    await change(here, 'posts', { schema: { fields: [{ ...note, was: 'secret' }, BODY] } });
    await change(here, 'posts', { schema: { fields: [BODY] } });
    await change(here, 'posts', { schema: { fields: [BODY, note] } });
    expect((await write(here))?.lines).toEqual([
      'posts: add field note',
      'posts: drop field secret',
    ]);
  });

  test('dropping a field takes nothing with it that does not fit a changed one', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name, type: 'string' as const }));
    await create(here, 'posts', ...[a, b, c].map((field) => ({ ...field })));
    await write(here);
    await change(here, 'posts', { schema: { fields: [a, c].flatMap((field) => field ?? []) } });
    await change(here, 'posts', {
      schema: {
        fields: [
          { name: 'a', type: 'string' },
          { name: 'b', was: 'c', type: 'integer' },
        ],
      },
    });
    await write(here);
    expect(JSON.parse(readFiles(folder).at(-1)?.text ?? '').up).toEqual([
      { step: 'change_collection', name: 'posts', drop_fields: ['b'], delete_values: true },
      {
        step: 'change_collection',
        name: 'posts',
        rename_fields: [{ from: 'c', to: 'b' }],
        change_fields: [{ name: 'b', type: 'integer' }],
      },
    ]);
  });

  test('collections that exchange their names are told apart', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    await create(here, 'red', TITLE);
    await create(here, 'blue', BODY);
    await write(here);
    await upgrade(there);
    await change(here, 'red', { name: 'spare' });
    await change(here, 'blue', { name: 'red' });
    await change(here, 'spare', { name: 'blue' });
    await write(here, 'exchange');
    const before = there.collections.find('red')?.collection.id;
    await upgrade(there);
    expect(there.state()).toEqual(here.state());
    expect(there.collections.find('blue')?.collection.id).toBe(before);
    await downgrade(there);
    expect(there.collections.find('red')?.collection.id).toBe(before);
  });

  test('without a change nothing is written', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    expect(await write(here)).toBeUndefined();
    await create(here, 'posts', TITLE);
    await write(here);
    await change(here, 'posts', { label: 'Posts' });
    await change(here, 'posts', { label: 'posts' });
    expect(await write(here)).toBeUndefined();
    expect(readFiles(folder)).toHaveLength(1);
  });

  test('two files of one second still sort in their order', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    const names: string[] = [];
    for (const name of ['zebra', 'ape']) {
      await create(here, name, TITLE);
      names.push((await write(here))?.revision ?? '');
    }
    expect(names.toSorted()).toEqual(names);
  });

  test('a dry run of migrate shows the change and writes nothing', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    const shown = await here.migrations.write(SYSTEM, { message: '', isDryRun: true });
    expect(shown).toMatchObject({ file: null, lines: ['create posts (title)'] });
    expect(readFiles(folder)).toEqual([]);
    expect(here.migrations.status().applied).toEqual([]);
  });
});

describe('what stands in the way', () => {
  test('a migration that fails in its middle changes nothing at all', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    await create(here, 'one', TITLE);
    await create(here, 'two', TITLE);
    await write(here);
    await create(there, 'two', BODY);
    await expect(upgrade(there)).rejects.toThrow(
      /_create_one_create_two cannot be done at "create two \(title\)": There is a collection two already\./,
    );
    expect(there.collections.all().map(({ collection }) => collection.name)).toEqual(['two']);
    expect(there.migrations.status().applied).toEqual([]);
  });

  test('a database whose collections are so already is only told so', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    for (const machine of [here, there]) await create(machine, 'posts', TITLE);
    await write(here);
    expect(await upgrade(there)).toEqual([{ revision: expect.any(String), lines: [] }]);
    expect(there.migrations.status()).toMatchObject({ pending: [], drift: [] });
  });

  test('of two files that were written apart from each other, both are named', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    await write(here, 'mine');
    const [mine] = readFiles(folder);
    const other = '20310101000000_theirs';
    writeFileSync(
      join(folder, `${other}.json`),
      (mine?.text ?? '').replace(/"revision": "[^"]*"/, `"revision": "${other}"`),
    );
    await expect(upgrade(here)).rejects.toThrow(
      /_mine and 20310101000000_theirs in migrations both come after nothing/,
    );
  });

  test('a file that is gone is named, and nothing is written beside it', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    const written = await write(here);
    rmSync(join(folder, `${written?.revision}.json`));
    expect(here.migrations.status()).toMatchObject({
      missing: [written?.revision],
      drift: undefined,
    });
    await create(here, 'more', TITLE);
    await expect(write(here)).rejects.toThrow('Bring the file back first.');
    await expect(downgrade(here)).rejects.toThrow('nobody knows how to take it back');
  });

  test('a file that was edited after it was applied is told', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    const written = await write(here);
    editLast(folder, (text) => text.replaceAll('\n', '\n\n'));
    expect(here.migrations.status().edited).toEqual([]);
    editLast(folder, (text) => text.replace('"string"', '"text"'));
    expect(here.migrations.status().edited).toEqual([written?.revision ?? '']);
  });

  test.each([
    ['no JSON', () => '{', 'is no migration'],
    ['a list', () => '[]', 'must hold an object'],
    [
      'an unknown step',
      (text: string) => text.replace('create_collection', 'create_colection'),
      'did you mean create_collection',
    ],
    ['an unknown key', (text: string) => text.replace('"message"', '"mesage"'), 'mesage'],
    [
      'another revision',
      (text: string) => text.replace('_create_posts"', '_posts"'),
      'so the file must be called',
    ],
    ['a bad field', (text: string) => text.replace('"string"', '"strnig"'), 'strnig'],
  ])('%s is refused, and the file is named', async (_what, edit, said) => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    await create(here, 'posts', TITLE);
    await write(here);
    editLast(folder, edit);
    await expect(upgrade(there)).rejects.toThrow(said);
    await expect(upgrade(there)).rejects.toThrow('_create_posts');
    // A server starts all the same.
    expect(await there.migrations.start({ isAutomatic: false })).toHaveLength(1);
  });

  test('a path in the folder that leads out of it is not followed by name', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    await write(here, '../../etc/passwd');
    expect(readFiles(folder).map(({ name }) => name.slice(15))).toEqual(['etc_passwd.json']);
  });

  test('a revision that nobody knows is refused', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    await write(here);
    await expect(downgrade(here, 'nothing')).rejects.toThrow('There is no revision nothing');
    await expect(
      here.migrations.upgrade(SYSTEM, { to: 'nothing', isDryRun: false }),
    ).rejects.toThrow('There is no revision nothing');
  });
});

describe('at the start of a server', () => {
  test('pending ones and drift are told, or brought in where that is asked for', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    using there = openMachine(folder);
    await create(here, 'posts', TITLE);
    const written = await write(here);
    expect(await there.migrations.start({ isAutomatic: false })).toEqual([
      `${written?.revision} in migrations was not applied: tinybase db upgrade`,
    ]);
    expect(await there.migrations.start({ isAutomatic: true })).toEqual([]);
    expect(there.state()).toEqual(here.state());
    await change(there, 'posts', { options: { access: { list: 'public' } } });
    expect(await there.migrations.start({ isAutomatic: true })).toEqual([
      'The collections are not as the migrations make them (posts: list for public): tinybase db migrate',
    ]);
  });

  test('a project without migrations hears nothing', async () => {
    using here = openMachine(join(makeTemporaryFolder(), 'none'));
    await create(here, 'posts', TITLE);
    expect(await here.migrations.start({ isAutomatic: true })).toEqual([]);
  });
});
