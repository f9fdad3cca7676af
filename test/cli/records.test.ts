import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { type AppOpener, appOpener } from '../../src/cli/open-app.ts';
import { SYSTEM } from '../../src/core/actor.ts';
import { openDataApp } from '../features/records/data-app.ts';
import { until } from '../support/until.ts';
import { createFakeOpener } from './fake-app.ts';
import { createFakeIo, type FakeIoOptions } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

/** A project with a collection `things`. */
async function makeProject(): Promise<string> {
  const dir = makeFolder();
  writeFileSync(join(dir, 'tinybase.toml'), '[database]\nurl = "sqlite:///./data.db"\n');
  const app = openDataApp({ path: join(dir, 'data.db') });
  await app.collections.create(SYSTEM, {
    name: 'things',
    schema: {
      fields: [
        { name: 'title', type: 'str', required: true },
        { name: 'n', type: 'int', unique: true },
      ],
    },
  });
  app.close();
  return dir;
}

async function run(
  cwd: string,
  argv: readonly string[],
  { opener = appOpener, ...io }: Partial<FakeIoOptions> & { opener?: AppOpener } = {},
) {
  const fake = createFakeIo({ cwd, ...io });
  const code = await main(['records', ...argv], fake, opener);
  return { code, out: fake.stdout.join('\n'), err: fake.stderr.join('\n'), io: fake };
}

describe('records import', () => {
  test('brings a file in, and the export of it is the same', async () => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'in.csv'), 'title,n\na,1\n"b, c",2\n');
    const imported = await run(dir, ['import', 'things', 'in.csv']);
    expect([imported.code, imported.out, imported.err]).toEqual([
      0,
      'Imported into things: 2 created, 0 updated.',
      '',
    ]);
    const exported = await run(dir, ['export', 'things', 'out.csv']);
    expect([exported.code, exported.out]).toEqual([0, 'Wrote 2 records into out.csv.']);
    expect(
      readFileSync(join(dir, 'out.csv'), 'utf8')
        .split('\r\n')
        .map((line) => line.split(',').slice(4).join(',')),
    ).toEqual(['title,n', 'a,1', '"b, c",2', '']);
    expect(statSync(join(dir, 'out.csv')).mode & 0o777).toBe(0o600);
    const again = await run(dir, ['import', 'things', 'out.csv', '--upsert-by', 'id']);
    expect(again.out).toBe('Imported into things: 0 created, 2 updated.');
    expect(readdirSync(dir).filter((name) => /import|part/.test(name))).toEqual([]);
  });

  test('shows faults as a table and writes nothing', async () => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'in.ndjson'), '{"title":"a","n":1}\n{"n":2}\n{"title":"c","n":1}\n');
    const { code, out, err } = await run(dir, ['import', 'things', 'in.ndjson']);
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')).toEqual([
      'LINE  FIELD  FAULT',
      '2     title  is required',
      '3     n      another record has this value already, and it must be unique',
      '2 rows have faults: nothing was imported.',
    ]);
    const tried = await run(dir, ['import', 'things', 'in.ndjson', '--dry-run']);
    expect([tried.code, tried.out]).toEqual([
      1,
      'Nothing was written. An import into things: 1 created, 0 updated.',
    ]);
    const partial = await run(dir, ['import', 'things', 'in.ndjson', '--partial']);
    expect([partial.code, partial.out]).toEqual([0, 'Imported into things: 1 created, 0 updated.']);
    expect(partial.err).toEndWith('2 rows have faults and were left out.');
  });

  test('reads standard input, whose format has to be said', async () => {
    const dir = await makeProject();
    async function* input() {
      yield Buffer.from('{"title":"a"}\n{"ti');
      yield Buffer.from('tle":"b"}');
    }
    const vague = await run(dir, ['import', 'things', '-'], { input: input() });
    expect([vague.code, vague.err]).toEqual([
      2,
      'What - is cannot be told from its name. Say it with --format csv or ndjson.',
    ]);
    const { out } = await run(dir, ['import', 'things', '-', '--format', 'ndjson'], {
      input: input(),
    });
    expect(out).toBe('Imported into things: 2 created, 0 updated.');
  });

  test.each([
    [['things', 'none.csv'], 2, 'There is no file none.csv.'],
    [['things', 'folder.csv'], 2, 'folder.csv is a folder, not a file.'],
    [['things', 'in.json'], 2, 'What in.json is cannot be told from its name'],
    [
      ['things', 'in.csv', '--format', 'xml'],
      2,
      "argument 'xml' is invalid. Allowed choices are csv, ndjson.",
    ],
    [['nothing', 'in.csv'], 1, 'There is no collection nothing.'],
    [
      ['things', 'in.csv', '--owner', 'nobody@example.com'],
      1,
      'There is no account nobody@example.com.',
    ],
    [['things', 'in.csv', '--upsert-by', 'title'], 2, 'must be id or a unique field'],
    [
      ['things', 'bad.csv'],
      2,
      'body.header.titel: is not a field of this collection; did you mean title?',
    ],
    [['things'], 2, 'Missing required argument'],
  ])('refuses %j', async (argv, code, message) => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'in.csv'), 'title\na\n');
    writeFileSync(join(dir, 'in.json'), '[]');
    writeFileSync(join(dir, 'bad.csv'), 'titel\na\n');
    mkdirSync(join(dir, 'folder.csv'));
    const found = await run(dir, ['import', ...argv]);
    expect([found.code, found.out]).toEqual([code, '']);
    expect(found.err).toContain(message);
  });

  test('gives an account to records whose row names none', async () => {
    const seen: unknown[] = [];
    const opener = createFakeOpener({
      admins: ['ann@example.com'],
      transfers: {
        async importRecords(_collection, _chunks, { ownerId }) {
          seen.push(ownerId);
          return { created: 0, updated: 0, failed: 0, errors: [], isRefused: false };
        },
      },
    });
    const dir = makeFolder();
    writeFileSync(join(dir, 'in.csv'), 'title\n');
    await run(dir, ['import', 'things', 'in.csv', '--owner', 'ann@example.com'], { opener });
    expect(seen).toEqual(['id of ann@example.com']);
  });

  test('shows how far it is, and takes that away at the end', async () => {
    const opener = createFakeOpener({
      transfers: {
        async importRecords(_collection, chunks, { onProgress }) {
          for await (const _ of chunks) onProgress({ step: 'check', rows: 1_500 });
          onProgress({ step: 'write', rows: 750 });
          return { created: 1_500, updated: 0, failed: 0, errors: [], isRefused: false };
        },
      },
    });
    const dir = makeFolder();
    writeFileSync(join(dir, 'in.csv'), 'title\n');
    const { io, out } = await run(dir, ['import', 'things', 'in.csv'], { opener });
    expect(io.statuses).toContain(`[${'#'.repeat(24)}] Checked 1,500 rows`);
    expect(io.statuses).toContain(`[${'#'.repeat(12)}${'.'.repeat(12)}] Written 750 rows`);
    expect(io.statuses.at(-1)).toBe('');
    expect(out).toBe('Imported into things: 1,500 created, 0 updated.');
  });

  test('leaves nothing half-imported when it is stopped, though its input never ends', async () => {
    const dir = await makeProject();
    const { promise: forever } = Promise.withResolvers<void>();
    const io = createFakeIo({
      cwd: dir,
      input: (async function* () {
        yield Buffer.from('title\na\nb\n');
        setTimeout(() => io.signal(), 50);
        await forever;
      })(),
    });
    expect(await main(['records', 'import', 'things', '-', '--format', 'csv'], io)).toBe(130);
    expect(io.stderr).toEqual(['Stopped: nothing was imported.']);
    expect(readdirSync(dir).filter((name) => name.includes('import'))).toEqual([]);
    expect((await run(dir, ['export', 'things', '-', '--format', 'ndjson'])).out).toBe('');
  });

  test('leaves nothing half-imported when it is stopped while it writes', async () => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'in.csv'), `title\n${'text\n'.repeat(150_000)}`);
    const io = createFakeIo({ cwd: dir });
    const status = io.status;
    io.status = (line) => {
      status(line);
      if (line.includes('Written')) io.signal();
    };
    expect(await main(['records', 'import', 'things', 'in.csv'], io)).toBe(130);
    expect(io.stderr).toEqual(['Stopped: nothing was imported.']);
    expect(readdirSync(dir).filter((name) => name.includes('import'))).toEqual([]);
    expect((await run(dir, ['export', 'things', '-', '--format', 'ndjson'])).out).toBe('');
  }, 600_000);

  test('leaves nothing half-imported when it is stopped while another program writes', async () => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'in.csv'), 'title\na\n');
    const other = openDataApp({ path: join(dir, 'data.db') });
    other.db.run('BEGIN IMMEDIATE');
    const io = createFakeIo({ cwd: dir });
    const ended = main(['records', 'import', 'things', 'in.csv'], io);
    await until(() => io.statuses.some((line) => line.includes('Checked 1 row')));
    // Long enough that it waits for the lock; sooner it would end as well.
    await Bun.sleep(100);
    io.signal();
    expect(await ended).toBe(130);
    expect(io.stderr).toEqual(['Stopped: nothing was imported.']);
    other.db.run('COMMIT');
    other.close();
    expect((await run(dir, ['export', 'things', '-', '--format', 'ndjson'])).out).toBe('');
  });

  test('waits for a server that is writing', async () => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'in.csv'), 'title\na\n');
    const other = openDataApp({ path: join(dir, 'data.db') });
    other.db.run('BEGIN IMMEDIATE');
    // Longer than SQLite itself waits.
    setTimeout(() => other.db.run('COMMIT'), 6_500);
    const { code, out } = await run(dir, ['import', 'things', 'in.csv']);
    expect([code, out]).toEqual([0, 'Imported into things: 1 created, 0 updated.']);
    other.close();
  });
});

describe('records export', () => {
  test('takes a filter and fields', async () => {
    const dir = await makeProject();
    writeFileSync(join(dir, 'in.csv'), 'title,n\na,1\nb,2\n');
    await run(dir, ['import', 'things', 'in.csv']);
    const { out } = await run(dir, [
      'export',
      'things',
      '-',
      '--format',
      'json',
      '--filter',
      'n > 1',
      '--fields',
      'title',
    ]);
    expect(JSON.parse(out)).toMatchObject([{ data: { title: 'b' } }]);
    const bad = await run(dir, ['export', 'things', 'x.csv', '--filter', 'n >']);
    expect(bad.code).toBe(2);
    expect(existsSync(join(dir, 'x.csv'))).toBe(false);
  });

  test('keeps the file that is there when it fails, and leaves no part of a new one', async () => {
    const dir = makeFolder();
    writeFileSync(join(dir, 'out.csv'), 'before');
    const opener = createFakeOpener({
      transfers: {
        async exportRecords() {
          return {
            pieces: (async function* () {
              yield { text: 'half', records: 1 };
              throw new Error('the disk is gone');
            })(),
          };
        },
      },
    });
    expect((await run(dir, ['export', 'things', 'out.csv'], { opener })).code).toBe(1);
    expect(readdirSync(dir)).toEqual(['out.csv']);
    expect(readFileSync(join(dir, 'out.csv'), 'utf8')).toBe('before');
  });

  test('says when it may not write there', async () => {
    const dir = makeFolder();
    const { code, err } = await run(dir, ['export', 'things', 'none/x.csv'], {
      opener: createFakeOpener(),
    });
    expect([code, err]).toEqual([2, 'none/x.csv cannot be written: there is no folder none.']);
  });
});
