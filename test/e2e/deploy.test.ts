import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAdmin, makeTemporaryFolder, runBinary, startBinary } from '../support/binary.ts';
import { writeFiles } from '../support/fixtures.ts';
import { until } from '../support/until.ts';

const answering = (text: string) =>
  `import { register } from 'tinybase';\nregister({ auth: 'public' }, () => '${text}');\n`;

test('the binary deploys to the binary: packed, sent, loaded, listed, refused, rolled back, killed', async () => {
  await using server = await startBinary();
  const admin = await createAdmin(server);
  const token = (
    await admin.post('/api/admin/api-tokens', { name: 'ci', scopes: ['functions:deploy'] })
  ).body.token;
  const dir = makeTemporaryFolder();
  const env = { DEPLOY_TOKEN: token };
  const tinybase = (...args: readonly string[]) => runBinary(['functions', ...args], { dir, env });
  const call = async (url = server.url) =>
    (await fetch(`${url}/api/functions/hello`, { method: 'POST' })).json();
  writeFiles(dir, {
    'tinybase.toml': `[environments.production]\nurl = "${server.url}"\napi_token = "$${'{DEPLOY_TOKEN}'}"\n`,
    'functions/hello.ts': answering('first'),
    'functions/.env': 'SECRET=1',
  });

  expect(await tinybase('deploy')).toMatchObject({ code: 0, stderr: '' });
  expect(await call()).toMatchObject({ result: 'first' });

  writeFiles(dir, { 'functions/hello.ts': answering('second') });
  const dryRun = await tinybase('deploy', '--dry-run');
  expect(dryRun.stdout).toContain('changed  hello');
  expect(await call()).toMatchObject({ result: 'first' });
  expect((await tinybase('deploy')).code).toBe(0);
  expect(await call()).toMatchObject({ result: 'second' });

  writeFiles(dir, { 'functions/hello.ts': '\n\nconst = 1;\n' });
  const refused = await tinybase('deploy');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toStartWith('functions/hello.ts:3: ');
  expect(await call()).toMatchObject({ result: 'second' });

  const listed = JSON.parse((await tinybase('deployments', '--json')).stdout);
  expect(listed).toMatchObject([{ is_active: true }, { is_active: false }]);
  expect((await tinybase('activate', listed[1].id)).code).toBe(0);
  expect(await call()).toMatchObject({ result: 'first' });

  await server.kill9();
  await using again = await server.restart();
  expect(await call(again.url)).toMatchObject({ result: 'first' });
  const told = 'the local folder is not loaded';
  await until(() => again.stderr().includes(told), 'the log says it');
  const ids = listed.map(({ id }: { id: string }) => id).sort();
  expect(readdirSync(join(again.dir, 'deployments')).sort()).toEqual(ids);
});
