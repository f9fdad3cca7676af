import { expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openParts } from '../../src/app-parts.ts';
import { main } from '../../src/cli/main.ts';
import { createSilentLogger } from '../../src/cli/settings.ts';
import { SYSTEM } from '../../src/core/actor.ts';
import { loadConfig } from '../../src/core/config.ts';
import { createFakeIo } from './fake-io.ts';
import { makeFolder } from './temporary-folder.ts';

const REVISION = '20260102030405_add_body';

test('names that are nearly those of something are answered with it, once', async () => {
  const dir = makeFolder();
  const run = async (...argv: string[]) => {
    const io = createFakeIo({ cwd: dir });
    return [await main(argv, io), io.stderr.join('\n')];
  };
  await run('admin', 'add', 'ann@example.com', 'a long password');
  const { config } = loadConfig({ dir, env: {} });
  const logger = createSilentLogger(createFakeIo({ cwd: dir }));
  const { collections, storage } = openParts({ config, dir, logger, version: 'test' });
  await collections.create(SYSTEM, { name: 'cities', schema: { fields: [] } });
  storage.close();
  mkdirSync(join(dir, 'migrations'));
  const migration = { revision: REVISION, after: null, message: '', up: [], down: [] };
  writeFileSync(join(dir, `migrations/${REVISION}.json`), JSON.stringify(migration));
  mkdirSync(join(dir, 'extensions/hello'), { recursive: true });
  writeFileSync(join(dir, 'cities.csv'), 'name\nOslo\n');

  const mistyped: readonly [command: string, error: string][] = [
    ['records export citis x.csv', 'There is no collection citis. Did you mean cities?'],
    ['records import ctiies cities.csv', 'There is no collection ctiies. Did you mean cities?'],
    [
      'records import cities cities.csv --owner ann@exmaple.com',
      'There is no account ann@exmaple.com. Did you mean ann@example.com?',
    ],
    [
      'admin reset-password ann@exmaple.com another-long-one',
      'There is no account ann@exmaple.com. Did you mean ann@example.com?',
    ],
    [
      `db upgrade ${REVISION}s`,
      `There is no revision ${REVISION}s here; tinybase db history lists them. Did you mean ${REVISION}?`,
    ],
    ['extensions enable helo', 'There is no extension "helo"; did you mean hello?'],
  ];
  for (const [command, error] of mistyped)
    expect(await run(...command.split(' ')), command).toEqual([1, error]);
});
