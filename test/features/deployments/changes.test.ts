import { expect, setDefaultTimeout, test } from 'bun:test';
import { createClient } from '../../../scripts/support/http-client.ts';
import { answering, openDeployApp } from './deploy-app.ts';

setDefaultTimeout(600_000);

const NONE = { added: [], changed: [], removed: [] };
const lib = (text: string) => ({ 'functions/lib/words.ts': `export const word = '${text}';` });

test('what a version would change now, and what it changed when it came', async () => {
  await using app = await openDeployApp({ files: { 'functions/a.ts': answering('local') } });
  const read = async (id: string, since: string) => {
    const { status, body } = await app.admin.get(
      `/api/admin/functions/deployments/${id}/changes${since}`,
    );
    return status === 200 ? body : status;
  };
  const first = await app.deploy({ 'functions/a.ts': answering('1'), ...lib('one') });
  const second = await app.deploy({
    'functions/a.ts': answering('1'),
    'functions/b.ts': answering('1'),
    ...lib('two'),
  });
  expect(await read(second.id, '?since=before')).toEqual({
    id: second.id,
    compared_with: first.id,
    functions: { ...NONE, added: ['b'] },
    files: { ...NONE, added: ['functions/b.ts'], changed: ['functions/lib/words.ts'] },
  });
  const back = {
    id: first.id,
    compared_with: second.id,
    functions: { ...NONE, removed: ['b'] },
    files: { ...NONE, removed: ['functions/b.ts'], changed: ['functions/lib/words.ts'] },
  };
  expect(await read(first.id, '?since=active')).toEqual(back);
  expect(await read(first.id, '')).toEqual(back);
  expect(await read(second.id, '')).toEqual({
    id: second.id,
    compared_with: second.id,
    functions: NONE,
    files: NONE,
  });
  // Before the first there is nothing that is kept.
  expect(await read(first.id, '?since=before')).toMatchObject({
    compared_with: null,
    functions: { ...NONE, added: ['a'] },
  });

  await app.admin.post('/api/admin/functions/deployments/local/activate');
  expect(await read(first.id, '?since=active')).toMatchObject({
    compared_with: null,
    functions: { ...NONE, changed: ['a'] },
  });
  for (const bad of ['?since=yesterday', '?sinc=active'])
    expect(await read(first.id, bad)).toBe(422);
  expect(await read('local', '')).toBe(404);
  expect(await read('../../etc', '')).toBe(404);
});

test('a token that may only call functions, and a stranger, learn nothing of deployments', async () => {
  await using app = await openDeployApp();
  const { id } = await app.deploy({ 'functions/a.ts': answering('1') });
  const path = `/api/admin/functions/deployments/${id}/changes`;
  expect((await app.anonymous.get(path)).status).toBe(401);
  for (const [scope, status] of [
    ['functions:call', 403],
    ['functions:deploy', 200],
  ] as const) {
    const made = await app.admin.post('/api/admin/api-tokens', { name: scope, scopes: [scope] });
    expect((await createClient(app.url, made.body.token).get(path)).status).toBe(status);
  }
});
