import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM } from '../../../src/core/actor.ts';
import type { UpdateCollectionBody } from '../../../src/features/collections/schema.ts';
import { makeTemporaryFolder } from '../../support/binary.ts';
import { type Machine, openMachine, readFiles } from './machine.ts';

const TITLE = { name: 'title', type: 'string' } as const;
const BODY = { name: 'body', type: 'string' } as const;
const FIRST = '20300101000000_first';
const SECOND = '20300101000001_second';

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

/** Lets something happen between the reading of the collections and the note in the database. */
function beforeMark({ storage }: Machine, happen: () => Promise<unknown>): void {
  const { migrations } = storage;
  const mark = migrations.mark;
  migrations.mark = async (marking) => {
    migrations.mark = mark;
    await happen();
    return mark(marking);
  };
}

function put(folder: string, revision: string, after: string | null, up: readonly object[] = []) {
  const file = { revision, after, message: '', up, down: [] };
  writeFileSync(join(folder, `${revision}.json`), JSON.stringify(file));
}

describe('while somebody else is at it', () => {
  test('a rename that is made while a file is written is a rename in the next one', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    await write(here);
    await change(here, 'posts', { schema: { fields: [TITLE, BODY] } });
    beforeMark(here, () =>
      change(here, 'posts', {
        schema: { fields: [{ ...TITLE, name: 'head', was: 'title' }, BODY] },
      }),
    );
    await write(here);
    expect((await write(here))?.lines).toEqual(['posts: rename field title to head']);
    expect(here.storage.migrations.renames()).toEqual([]);
  });

  test('of two that write at once the second takes its file back', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    beforeMark(here, async () =>
      here.storage.migrations.mark({
        current: null,
        migrations: [{ revision: FIRST, checksum: '' }],
        at: '2030-01-01T00:00:00.000Z',
        settled: [],
      }),
    );
    await expect(write(here)).rejects.toThrow('were changed by somebody else meanwhile');
    expect(readFiles(folder)).toEqual([]);
  });

  test('several are noted as a whole or not at all, whoever shares the commit', async () => {
    using here = openMachine(makeTemporaryFolder());
    const { migrations } = here.storage;
    const same = { revision: FIRST, checksum: '' };
    const marking = migrations.mark({
      current: null,
      migrations: [same, same],
      at: '2030-01-01T00:00:00.000Z',
      settled: [],
    });
    const other = here.storage.noteServer({ pid: 1, address: 'x' });
    await expect(Promise.resolve(marking)).rejects.toThrow('UNIQUE');
    await other;
    expect(migrations.applied()).toEqual([]);
  });

  test('a file that an upgrade noted before its writer did stays', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    beforeMark(here, () => upgrade(here));
    const written = await write(here);
    expect(readFiles(folder).map(({ name }) => name)).toEqual([`${written?.revision}.json`]);
    expect(here.migrations.status()).toMatchObject({ pending: [], missing: [], drift: [] });
  });

  test('a file that cannot be noted is removed again, so that the next try is not refused', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    const { mark } = here.storage.migrations;
    here.storage.migrations.mark = () => Promise.reject(new Error('The disk is full.'));
    await expect(write(here)).rejects.toThrow('The disk is full.');
    expect(readFiles(folder)).toEqual([]);
    here.storage.migrations.mark = mark;
    await write(here);
    expect(readFiles(folder)).toHaveLength(1);
  });

  test('a file that cannot be written is told, and nothing is noted', async () => {
    // A folder in which not even root may make a file.
    using here = openMachine('/proc');
    await create(here, 'posts', TITLE);
    await expect(write(here)).rejects.toThrow(/\.json cannot be written \(E[A-Z]+\)\.$/);
    expect(here.migrations.status().applied).toEqual([]);
  });
});

describe('a file that somebody wrote by hand', () => {
  test.each([
    { rename_fields: [{ from: 'title', to: 'head' }], drop_fields: ['title'], delete_values: true },
    {
      rename_fields: [
        { from: 'title', to: 'head' },
        { from: 'title', to: 'top' },
      ],
    },
    { change_fields: [{ ...TITLE, type: 'integer' }, TITLE] },
  ])('%j says two things of one field, and is refused', async (parts) => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    put(folder, FIRST, null, [
      { step: 'create_collection', name: 'posts', fields: [TITLE] },
      { step: 'change_collection', name: 'posts', ...parts },
    ]);
    await expect(upgrade(here)).rejects.toThrow('may name posts.title once');
    expect(here.state()).toEqual([]);
  });

  test('files in a circle are told', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    put(folder, FIRST, SECOND);
    put(folder, SECOND, FIRST);
    await expect(upgrade(here)).rejects.toThrow(
      `${FIRST}, ${SECOND} in migrations come after each other in a circle`,
    );
  });

  test('a name of a file or key with line ends in it makes no line of its own', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    writeFileSync(join(folder, 'x\nApplied 1 migration.json'), '{"\\n\\rApplied": 1}');
    const refusal = await upgrade(here).catch((error: Error) => error.message);
    expect(refusal).toMatch(/^migrations\/x Applied 1 migration\.json is no migration: /);
    expect(refusal).not.toMatch(/[\r\n]/);
  });

  test('a message that no file may hold is refused before there is a file', async () => {
    const folder = makeTemporaryFolder();
    using here = openMachine(folder);
    await create(here, 'posts', TITLE);
    await expect(write(here, 'x'.repeat(201))).rejects.toMatchObject({ code: 'invalid_input' });
    expect(readFiles(folder)).toEqual([]);
    await write(here, 'x'.repeat(200));
    expect(here.migrations.status().pending).toEqual([]);
  });
});
