import { expect, setDefaultTimeout, test } from 'bun:test';
import { until } from '../../support/until.ts';
import { answering, openDeployApp } from '../deployments/deploy-app.ts';

setDefaultTimeout(600_000);

const PATH = '/api/admin/types';

test('an admin downloads the types and the client as a file', async () => {
  await using app = await openDeployApp({ files: { 'functions/hello.ts': answering('hi') } });
  await until(async () => (await app.admin.get('/api/functions')).body.total === 1);
  const body = { name: 'books', schema: { fields: [{ name: 'title', type: 'string' }] } };
  await app.admin.post('/api/collections', body);
  const answer = await fetch(app.url + PATH, { headers: { authorization: `Bearer ${app.token}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="tinybase.ts"');
  const text = await answer.text();
  expect(text).toContain('export function createClient(');
  expect(text).toContain('books: { record: Books;');
  expect(text).toContain('hello:');
  expect(() => new Bun.Transpiler({ loader: 'ts' }).transformSync(text)).not.toThrow();
});

test('who is no admin learns no names of collections and functions from it', async () => {
  await using app = await openDeployApp();
  expect((await app.anonymous.get(PATH)).status).toBe(401);
  await app.anonymous.post('/api/auth/register', {
    email: 'ann@example.com',
    password: 'a long enough password',
  });
  const { body } = await app.anonymous.post('/api/auth/login', {
    email: 'ann@example.com',
    password: 'a long enough password',
  });
  expect((await app.anonymous.as(body.token).get(PATH)).status).toBe(403);
  const token = await app.admin.post('/api/admin/api-tokens', {
    name: 'reader',
    scopes: ['records:read', 'functions:call'],
  });
  expect((await app.anonymous.as(token.body.token).get(PATH)).status).toBe(403);
});
