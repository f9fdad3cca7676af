import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CITIES_COLLECTION, readCities } from '../../scripts/demo/places.ts';
import { BINARY } from '../../scripts/support/paths.ts';
import { runBinary } from '../support/binary.ts';
import { serveForFile } from '../support/served.ts';
import { until } from '../support/until.ts';
import { makeCollection, parseNdjson, readAll, readData, toCsv, toNdjson } from './bulk.ts';

const cities = readCities();
const served = serveForFile();

let made = 0;

async function make(): Promise<string> {
  const name = `cities_${++made}`;
  await makeCollection(served().admin, name, CITIES_COLLECTION.schema.fields);
  return name;
}

/** Runs a command in the folder of the server, which is running. */
const run = (...args: readonly string[]) =>
  runBinary(['records', ...args], { dir: served().server.dir });

function write(name: string, text: string): string {
  writeFileSync(join(served().server.dir, name), text);
  return name;
}

/** Runs a command as a person does, in a terminal; answers all that was shown. */
async function runInTerminal(...args: readonly string[]): Promise<string> {
  const decoder = new TextDecoder();
  let shown = '';
  await using terminal = new Bun.Terminal({
    cols: 120,
    rows: 40,
    data: (_, bytes) => {
      shown += decoder.decode(bytes, { stream: true });
    },
  });
  const child = Bun.spawn([BINARY, 'records', ...args], {
    cwd: served().server.dir,
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' },
    terminal,
  });
  expect(await child.exited).toBe(0);
  // What was written last may be read later than its end is heard of, and in pieces.
  await until(() => /Imported into [^\n]*\n/.test(shown), 'its last line');
  return shown;
}

describe('tinybase records import, beside a running server', () => {
  test('shows its progress in a terminal, and the server has all rows at once', async () => {
    const name = await make();
    const { admin } = served();
    // The server knows a total, and keeps it.
    expect((await admin.get(`/api/collections/${name}/records`)).body.total).toBe(0);
    const shown = await runInTerminal('import', name, write('all.csv', toCsv(cities)));
    expect((await admin.get(`/api/collections/${name}/records`)).body.total).toBe(cities.length);
    const found = await admin.get(
      `/api/collections/${name}/records?sort=-population&limit=1&fields=name`,
    );
    expect(found.body.items[0].data).toEqual({ name: 'Shanghai' });
    const steps = shown.split('\r').map((line) => line.replace('\u001b[K', '').trim());
    for (const step of ['Checked', 'Written']) {
      const lines = steps.filter((line) => line.includes(step));
      expect(lines.length).toBeGreaterThan(1);
      for (const line of lines)
        expect(line).toMatch(
          new RegExp(`^\\[#*\\.*\\] ${step} [\\d,]+ rows(, [\\d,]+ a second)?$`),
        );
      const rows = lines.map((line) =>
        Number(/([\d,]+) rows/.exec(line)?.[1]?.replaceAll(',', '')),
      );
      expect(rows).toEqual(rows.toSorted((a, b) => a - b));
    }
    expect(steps.findLast((line) => line !== '')).toBe(
      `Imported into ${name}: 135,233 created, 0 updated.`,
    );
  });

  test('writes nothing but what it did where nobody watches, and ends with 0', async () => {
    const name = await make();
    const file = write('some.ndjson', toNdjson(cities.slice(0, 500)));
    const tried = await run('import', name, file, '--dry-run');
    expect(tried).toEqual({
      code: 0,
      stdout: `Nothing was written. An import into ${name}: 500 created, 0 updated.\n`,
      stderr: '',
    });
    expect(await readAll(served().admin, name)).toEqual([]);
    expect(await run('import', name, file)).toEqual({
      code: 0,
      stdout: `Imported into ${name}: 500 created, 0 updated.\n`,
      stderr: '',
    });
    expect<unknown>(await readData(served().admin, name)).toEqual(cities.slice(0, 500));
  });

  test('ends with 1 when rows have faults, names their lines, and writes nothing unless partial', async () => {
    const name = await make();
    const rows = cities
      .slice(0, 50)
      .map((city, n) => (n === 49 ? { ...city, latitude: 91 } : city));
    const file = write('faulty.csv', toCsv(rows));
    const refused = await run('import', name, file);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(/51 +latitude/);
    expect(refused.stderr).toContain('nothing was imported');
    expect(await readAll(served().admin, name)).toEqual([]);
    const partial = await run('import', name, file, '--partial');
    expect(partial.code).toBe(0);
    expect(partial.stdout).toContain('49 created');
    expect(await readAll(served().admin, name)).toHaveLength(49);
  });

  test('ends with 2 when it is used wrongly, and with 1 when there is no such collection', async () => {
    const name = await make();
    const file = write('one.csv', toCsv(cities.slice(0, 1)));
    for (const args of [
      ['import'],
      ['import', name],
      ['import', name, 'not-there.csv'],
      ['import', name, 'file.xls'],
      ['import', name, file, '--formt', 'csv'],
      ['import', name, file, '--upsert-by', 'name'],
      ['export', name, 'out.xls'],
    ]) {
      const { code, stderr, stdout } = await run(...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/\w/);
    }
    const unknown = await run('import', 'no_such', file);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('no_such');
    expect(await readAll(served().admin, name)).toEqual([]);
  });
});

describe('tinybase records export, beside a running server', () => {
  test('writes what the API exports, into a file or to standard output', async () => {
    const name = await make();
    const { admin, server } = served();
    await run('import', name, write('few.csv', toCsv(cities.slice(0, 1200))));
    for (const format of ['csv', 'ndjson', 'json']) {
      const file = `out.${format}`;
      const { code, stdout, stderr } = await run('export', name, file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(`Wrote 1,200 records into ${file}.\n`);
      const response = await fetch(
        `${admin.url}/api/collections/${name}/records/export?format=${format}`,
        { headers: { authorization: `Bearer ${admin.token}` } },
      );
      const written = readFileSync(join(server.dir, file), 'utf8');
      expect(written).toBe(await response.text());
      const printed = await run('export', name, '-', '--format', format);
      expect(printed).toEqual({ code: 0, stdout: written, stderr: '' });
    }
    const filtered = await run(
      'export',
      name,
      '-',
      '--format',
      'ndjson',
      '--filter',
      "country = 'AD'",
      '--fields',
      'country',
    );
    const countries = parseNdjson(filtered.stdout).map(({ data }) => data);
    expect(countries).toEqual(
      cities
        .slice(0, 1200)
        .filter(({ country }) => country === 'AD')
        .map(({ country }) => ({ country })),
    );
  });

  test('that fails leaves no file behind', async () => {
    const { server } = served();
    const { code } = await run('export', 'no_such', 'never.csv');
    expect(code).toBe(1);
    expect(existsSync(join(server.dir, 'never.csv'))).toBe(false);
    expect(readdirSync(server.dir).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

test('both commands explain themselves', async () => {
  for (const command of ['import', 'export']) {
    const { code, stdout, stderr } = await run(command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of [`Usage: tinybase records ${command}`, '--format', 'Examples:'])
      expect(stdout).toContain(part);
  }
});
