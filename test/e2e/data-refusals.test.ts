import { beforeAll, describe, expect, test } from 'bun:test';
import { createUser } from '../support/binary.ts';
import { serveForFile } from '../support/served.ts';
import { accessOf, add, define, expectProblem, listOf, recordsOf } from './data-support.ts';

let carl: Awaited<ReturnType<typeof createUser>>;
const served = serveForFile({}, async ({ server }) => {
  carl = await createUser(server.url, 'carl@example.com');
});

describe('401 where signing in would help, 403 for what may be seen, 404 for what may not', () => {
  const levels = {
    list: 'public',
    read: 'public',
    create: 'auth',
    update: 'owner',
    delete: 'admin',
  };
  const paths: Record<'seen' | 'unseen' | 'open', string> = { seen: '', unseen: '', open: '' };
  beforeAll(async () => {
    const { admin, ann } = served();
    const fields = [{ name: 'title', type: 'string' }];
    await define(admin, 'seen', fields, { access: levels });
    await define(admin, 'unseen', fields, { access: accessOf('owner') });
    await define(admin, 'closed', fields, { access: accessOf('admin') });
    await define(admin, 'open', fields);
    for (const name of ['seen', 'unseen', 'open'] as const) {
      const { id } = await add(admin, name, { title: name }, `?owner_id=${ann.id}`);
      paths[name] = `${recordsOf(name)}/${id}`;
    }
  });

  test('a record that is seen and may not be changed', async () => {
    const { anonymous, ann, bob } = served();
    const { seen } = paths;
    expectProblem(await anonymous.post(recordsOf('seen'), {}), 401, 'unauthenticated');
    expectProblem(await anonymous.patch(seen, { title: 'x' }), 401, 'unauthenticated');
    expectProblem(await bob.patch(seen, { title: 'x' }), 403, 'forbidden');
    expectProblem(await bob.delete(seen), 403, 'forbidden');
    expectProblem(await ann.delete(seen), 403, 'forbidden');
    expect((await ann.patch(seen, { title: 'x' })).status).toBe(200);
    expect((await anonymous.get(seen)).body.data.title).toBe('x');
  });

  test('a record that is not seen is missing, whatever is asked of it', async () => {
    const { anonymous, bob } = served();
    const unknown = `${recordsOf('unseen')}/0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b`;
    for (const path of [paths.unseen, unknown]) {
      expectProblem(await bob.get(path), 404, 'not_found', path);
      expectProblem(await bob.get(`${path}?fields=title`), 404, 'not_found', path);
      expectProblem(await bob.patch(path, { title: 'x' }), 404, 'not_found', path);
      expectProblem(await bob.delete(path), 404, 'not_found', path);
      // Not 412, which would say that it is there.
      const stale = { 'if-match': '"999"' };
      expectProblem(
        await bob.request('PATCH', path, { title: 'x' }, stale),
        404,
        'not_found',
        path,
      );
      expectProblem(await bob.request('DELETE', path, undefined, stale), 404, 'not_found', path);
      expectProblem(await anonymous.get(path), 401, 'unauthenticated', path);
    }
    const one = (await bob.get(paths.unseen)).body.detail.replace(/[0-9a-f-]{36}/, 'ID');
    expect(one).toBe((await bob.get(unknown)).body.detail.replace(/[0-9a-f-]{36}/, 'ID'));
  });

  test('a collection that is not seen is missing', async () => {
    const { anonymous, bob, admin } = served();
    for (const who of [anonymous, bob]) {
      expectProblem(await who.get('/api/collections/closed'), 404, 'not_found');
      for (const path of [recordsOf('closed'), `${recordsOf('closed')}/export`])
        expectProblem(await who.get(path), 404, 'not_found');
      expectProblem(await who.post(recordsOf('closed'), { title: 'x' }), 404, 'not_found');
      const { body } = await who.get('/api/collections?limit=1000');
      expect(body.items.map(({ name }: { name: string }) => name)).not.toContain('closed');
    }
    expect((await admin.get(recordsOf('closed'))).status).toBe(200);
  });

  test('what is not allowed is told before what is wrong with it', async () => {
    const { anonymous, bob } = served();
    expectProblem(await anonymous.post(recordsOf('seen'), { nothing: 1 }), 401, 'unauthenticated');
    expectProblem(await bob.post(recordsOf('closed'), { nothing: 1 }), 404, 'not_found');
    expectProblem(await bob.get(listOf('closed', { filter: '(((' })), 404, 'not_found');
  });

  test('what is wrong with a change says nothing of the record it was for', async () => {
    const { bob } = served();
    const unknown = `${recordsOf('unseen')}/${Bun.randomUUIDv7()}`;
    const [there, missing] = await Promise.all(
      [paths.unseen, unknown].map((path) => bob.patch(path, { nothing: 1 })),
    );
    expect(there?.status).toBeGreaterThanOrEqual(400);
    expect([there?.status, there?.body]).toEqual([missing?.status, missing?.body]);
  });

  test('nobody but an admin chooses an owner', async () => {
    const { admin, ann, bob, anonymous } = served();
    for (const who of [bob, anonymous])
      expectProblem(
        await who.post(`${recordsOf('open')}?owner_id=${ann.id}`, {}),
        403,
        'forbidden',
      );
    expect((await add(bob, 'open', {})).owner_id).toBe(bob.id);
    expect((await add(anonymous, 'open', {})).owner_id).toBeNull();
    expect((await add(admin, 'open', {}, `?owner_id=${ann.id}`)).owner_id).toBe(ann.id);
  });

  test('an id of the caller makes a retry safe and shows nothing of what is there', async () => {
    const { ann, bob } = served();
    const id = Bun.randomUUIDv7();
    expect((await add(ann, 'unseen', { title: 'first' }, `?id=${id}`)).id).toBe(id);
    for (const who of [ann, bob]) {
      const again = await who.post(`${recordsOf('unseen')}?id=${id}`, { title: 'second' });
      expect(expectProblem(again, 409, 'conflict')).not.toContain('first');
    }
    expect((await ann.get(`${recordsOf('unseen')}/${id}`)).body.data.title).toBe('first');
  });
});

describe('attacks on what is hidden', () => {
  beforeAll(async () => {
    const { admin, ann } = served();
    await define(
      admin,
      'vaults',
      [
        { name: 'title', type: 'string' },
        { name: 'meta', type: 'dict', read: 'admin' },
        { name: 'tags', type: 'list[string]', read: 'owner' },
      ],
      { access: { ...accessOf('auth'), list: 'owner' } },
    );
    for (let index = 0; index < 3; index++)
      for (const owner of [ann.id, carl.id])
        await add(
          admin,
          'vaults',
          { title: `vault ${index}`, meta: { pin: index }, tags: ['t'] },
          `?owner_id=${owner}`,
        );
  });

  test('a path into a hidden dict is as hidden as the dict', async () => {
    const { ann } = served();
    for (const query of [
      { filter: 'meta.pin = 1' },
      { filter: 'meta.pin > 0 || true = true' },
      { filter: "title = 'vault 1' && meta.pin != 1" },
      { 'filter[meta.pin]': '1' },
      { fields: 'meta' },
    ]) {
      const { status } = await ann.get(listOf('vaults', query));
      // A fault of grammar may come first; an answer with records may never.
      expect([query, status === 403 || status === 422]).toEqual([query, true]);
    }
    expectProblem(await ann.get(listOf('vaults', { filter: 'meta.pin = 1' })), 403, 'forbidden');
    expectProblem(await ann.get(listOf('vaults', { filter: 'meta != null' })), 403, 'forbidden');
    expect((await ann.get(listOf('vaults', { filter: "tags ?= 't'" }))).body.total).toBe(3);
  });

  test("an admin's cursor shows a user no more than their own list", async () => {
    const { admin, ann } = served();
    const query = { sort: 'title', limit: 1 };
    const { next_cursor: cursor } = (await admin.get(listOf('vaults', query))).body;
    const seen = await ann.get(listOf('vaults', { ...query, limit: 100, cursor }));
    for (const item of seen.body.items ?? []) {
      expect(item.owner_id).toBe(ann.id);
      expect(item.data).not.toContainKey('meta');
    }
  });

  test('a filter for other owners finds none in a list of one’s own', async () => {
    const { ann } = served();
    for (const filter of [
      'owner_id != @me',
      `owner_id = '${carl.id}'`,
      '!(owner_id = @me)',
      'owner_id = @me || owner_id != @me',
      "title ~ '' || title = null",
    ]) {
      const { body } = await ann.get(listOf('vaults', { filter, count: 'exact' }));
      const strangers = body.items.filter((item: { owner_id: string }) => item.owner_id !== ann.id);
      expect([filter, strangers.length]).toEqual([filter, 0]);
      expect([filter, body.total]).toEqual([filter, body.items.length]);
    }
  });

  test('@me of nobody is nobody: it finds no record, not even those without an owner', async () => {
    const { anonymous } = served();
    const { admin } = served();
    await define(admin, 'ownerless', [{ name: 'who', type: 'uuid' }]);
    await add(anonymous, 'ownerless', {});
    const total = async (filter: string) =>
      (await anonymous.get(listOf('ownerless', { filter }))).body.total;
    expect(await total('owner_id = @me')).toBe(0);
    expect(await total('owner_id = null')).toBe(1);
    expect(await total('who = @me')).toBe(0);
    expect(await total('who in (@me)')).toBe(0);
  });

  test('a bad token is refused even where everybody may read', async () => {
    const { anonymous } = served();
    const answer = await anonymous.as('tb_nothing').get(recordsOf('open'));
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('a level that is changed counts for the next request', async () => {
    const { admin, bob } = served();
    const fields = [{ name: 'pin', type: 'string' }];
    await define(admin, 'shifting', fields);
    const { id } = await add(admin, 'shifting', { pin: '1234' });
    const path = `${recordsOf('shifting')}/${id}`;
    expect((await bob.get(path)).body.data).toEqual({ pin: '1234' });
    const hidden = [{ name: 'pin', type: 'string', read: 'admin' }];
    await admin.patch('/api/collections/shifting', { schema: { fields: hidden } });
    expect((await bob.get(path)).body.data).toEqual({});
    expectProblem(await bob.get(listOf('shifting', { sort: 'pin' })), 403, 'forbidden');
    await admin.patch('/api/collections/shifting', { options: { access: accessOf('admin') } });
    expectProblem(await bob.get(path), 404, 'not_found');
  });
});
