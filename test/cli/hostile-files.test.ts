import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { SYSTEM } from '../../src/core/actor.ts';
import { openDataApp } from '../features/records/data-app.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const CLEAR_SCREEN = '\u001b[2J';
const SAME_IN_ONE = '\u009b2J';
const TURNED_AROUND = '\u202e';

async function runImport(name: string, file: string): Promise<string> {
  const dir = makeFolder();
  writeFileSync(join(dir, 'tinybase.toml'), '[database]\nurl = "sqlite:///./data.db"\n');
  const app = openDataApp({ path: join(dir, 'data.db') });
  await app.collections.create(SYSTEM, {
    name: 'things',
    schema: { fields: [{ name: 'title', type: 'string' }] },
  });
  app.close();
  writeFileSync(join(dir, name), file);
  const io = createFakeIo({ cwd: dir });
  expect(await main(['records', 'import', 'things', name], io)).not.toBe(0);
  return io.stderr.join('\n');
}

test("a file's names do not steer the terminal of the admin who imports it", async () => {
  const key = `a${CLEAR_SCREEN}b${SAME_IN_ONE}c${TURNED_AROUND}d\ne`;
  const shown = await runImport('in.ndjson', JSON.stringify({ [key]: 1 }));
  expect(shown.split('\n')).toEqual([
    'LINE  FIELD                                FAULT',
    '1     a\\u{1b}[2Jb\\u{9b}2Jc\\u{202e}d\\u{a}e  is not a field of this collection',
    '1 row has faults: nothing was imported.',
  ]);
});

test('nor does a header that is refused as a whole', async () => {
  expect(await runImport('in.csv', `title,b${CLEAR_SCREEN}\n1,2\n`)).toBe(
    'body.header.b\\u{1b}[2J: is not a field of this collection',
  );
});
