import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { openHost } from './host-app.ts';

setDefaultTimeout(600_000);

/** It takes its time to load, and leaves files that tell how far it is. */
const slowGuard = (dir: string, name: string) => `
  const { writeFileSync } = await import('node:fs');
  writeFileSync('${join(dir, name)}-begun', '');
  await Bun.sleep(300);
  before_record_create(({ data }) => { if (data.exit) process.exit(1); return { by: '${name}' }; });
  writeFileSync('${join(dir, name)}-loaded', '');
`;

test('attack: a write between two processes of the extensions passes none of their hooks by', async () => {
  await using app = openHost();
  const { dir } = app;
  await app.run({ a: slowGuard(dir, 'first') });
  await app.run({ a: slowGuard(dir, 'old') });
  for (const end of ['begun', 'loaded']) await Bun.file(join(dir, `old-${end}`)).delete();
  // The process ends; the one that takes its place is replaced before anybody has heard that it has loaded.
  await app.ask({ exit: true }).catch(() => undefined);
  await until(() => existsSync(join(dir, 'old-begun')), 'it loads anew');
  while (!existsSync(join(dir, 'old-loaded'))) Bun.sleepSync(10);
  Bun.sleepSync(500);
  const restarted = app.run({ a: slowGuard(dir, 'new') });
  const answers = [app.ask({})];
  // Told by the old process, if it is listened to.
  await Bun.sleep(50);
  answers.push(app.ask({}));
  expect(await Promise.all(answers)).toEqual([{ by: 'new' }, { by: 'new' }]);
  await restarted;
  expect(app.host.status('a').state).toBe('running');
});
