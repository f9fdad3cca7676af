import { describe, expect, test } from 'bun:test';
import { type Actor, SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { newId } from '../../../src/lib/ids.ts';
import { createOpenCollection, openDataApp, refusal } from './data-app.ts';
import { createTestHooks, refuse } from './test-hooks.ts';

const ANN: Actor = {
  kind: 'user',
  id: '018f0000-0000-7000-8000-00000000000a',
  email: 'ann@example.com',
  tokenId: 'a',
};

async function openPosts(handlers: Parameters<typeof createTestHooks>[0]) {
  const { hooks, shown } = createTestHooks(handlers);
  const app = openDataApp({ hooks });
  await createOpenCollection(app, 'posts', [
    { name: 'title', type: 'str', required: true },
    { name: 'slug', type: 'str', required: true, write: 'admin' },
    { name: 'stars', type: 'int', default: 3 },
    { name: 'when', type: 'datetime' },
    { name: 'strict', type: 'int', nullable: false },
  ]);
  const { records } = app;
  const create = async (data: object, actor: Actor = SYSTEM) =>
    (await records.create(actor, 'posts', data)).record;
  const stored = (id: string) => JSON.parse(records.get(SYSTEM, 'posts', id).record.data);
  const count = () => records.count(SYSTEM, 'posts');
  return { app, records, shown, create, stored, count, [Symbol.dispose]: app.close };
}

/** Fills what a record must have, as hooks often do. */
const slug = ({ data }: { readonly data: Readonly<Record<string, unknown>> }) => ({
  ...data,
  slug: String(data.title).toLowerCase(),
});

describe('before a create', () => {
  test('a hook sees the whole new record with its defaults and may fill what is required', async () => {
    using posts = await openPosts({ 'create posts': slug });
    const { id } = await posts.create({ title: 'One' });
    expect(posts.shown).toEqual([
      { op: 'create', collection: 'posts', id, data: { title: 'One', stars: 3 } },
    ]);
    expect(posts.stored(id)).toEqual({ title: 'One', slug: 'one', stars: 3 });
  });

  test('a hook may write what the caller may not, and the caller still may not', async () => {
    using posts = await openPosts({ 'create posts': slug });
    const { id } = await posts.create({ title: 'One' }, ANN);
    expect(posts.stored(id).slug).toBe('one');
    const error = await refusal(() => posts.create({ title: 'Two', slug: 'mine' }, ANN));
    expect(error.code).toBe('forbidden');
    expect(posts.shown).toHaveLength(1);
  });

  test('what a hook leaves is checked like anything else', async () => {
    using posts = await openPosts({
      'create posts': ({ data }) => ({ ...data, slug: 5, more: 1 }),
    });
    const error = await refusal(() => posts.create({ title: 'One' }));
    expect(error.faults?.map(({ loc }) => loc.join('.')).sort()).toEqual([
      'body.more',
      'body.slug',
    ]);
    expect(await posts.count()).toBe(0);
  });

  test('a refusal has its status and message, and nothing is written', async () => {
    for (const [status, code, shown] of [
      [409, 'conflict', 409],
      [402, 'invalid_input', 402],
      [503, 'unavailable', 503],
      [599, 'function_failed', 599],
    ] as const) {
      using posts = await openPosts({ 'create posts': () => refuse(status, 'Not today') });
      const error = await refusal(() => posts.create({ title: 'One' }));
      expect([error.code, error.httpStatus, error.message]).toEqual([code, shown, 'Not today']);
      expect(await posts.count()).toBe(0);
    }
  });

  test('attack: what a hook threw by accident is told to nobody but an admin', async () => {
    using posts = await openPosts({
      'create posts': () => refuse(null, "ENOENT: no such file, open '/srv/keys/private.pem'"),
    });
    const told = await refusal(() => posts.create({ title: 'One' }, ANN));
    expect(told.faults).toMatchObject([{ loc: ['body'], type: 'hook_refused' }]);
    expect(JSON.stringify([told.message, told.faults])).not.toContain('private.pem');
  });

  test('a hook that throws refuses with 422, unless the input itself is at fault', async () => {
    using posts = await openPosts({ 'create posts': () => refuse(null, 'no such town') });
    const thrown = await refusal(() => posts.create({ title: 'One' }));
    expect(thrown.faults).toEqual([{ loc: ['body'], msg: 'no such town', type: 'hook_refused' }]);
    const wrong = await refusal(() => posts.create({ title: 5 }));
    expect(wrong.faults?.map(({ loc, type }) => [loc, type])).toEqual([
      [['body', 'title'], 'string_type'],
    ]);
  });

  test('a caller who may not create at all is turned away before any hook', async () => {
    using posts = await openPosts({ 'create posts': slug });
    const body = await refusal(() => posts.create([] as unknown as object));
    expect(body.code).toBe('invalid_input');
    const id = await refusal(() =>
      posts.records.create(SYSTEM, 'posts', { title: 'a' }, { id: 'mine' }),
    );
    expect(id.code).toBe('invalid_input');
    expect(posts.shown).toEqual([]);
  });

  test('an error of the hooks themselves goes to the caller as it is', async () => {
    const broken = new AppError('unavailable', 'nobody there', { retryAfterSeconds: 1 });
    using posts = await openPosts({ 'create posts': () => Promise.reject(broken) });
    expect(await refusal(() => posts.create({ title: 'One' }))).toBe(broken);
  });
});

describe('before an update', () => {
  test('a hook sees the merged record and what is stored, and its answer is stored', async () => {
    using posts = await openPosts({
      'update posts': ({ data }) => ({
        ...data,
        slug: 'changed',
        when: '2026-01-01T01:00:00+01:00',
      }),
    });
    const { id } = await posts.create({ title: 'One', slug: 'one' });
    await posts.records.update(SYSTEM, 'posts', id, { title: 'Two', stars: null });
    expect(posts.shown).toEqual([
      {
        op: 'update',
        collection: 'posts',
        id,
        data: { title: 'Two', slug: 'one' },
        old: { title: 'One', slug: 'one', stars: 3 },
      },
    ]);
    expect(posts.stored(id)).toEqual({
      title: 'Two',
      slug: 'changed',
      when: '2026-01-01T00:00:00.000Z',
    });
  });

  test('null stays no value where the field does not allow it', async () => {
    using posts = await openPosts({ 'update posts': () => undefined });
    const { id } = await posts.create({ title: 'One', slug: 'one', strict: 1 });
    const error = await refusal(() => posts.records.update(SYSTEM, 'posts', id, { strict: null }));
    expect(error.faults?.map(({ loc }) => loc)).toEqual([['body', 'strict']]);
    expect(posts.shown).toEqual([]);
  });

  test('a record that changed while the hook looked is shown again', async () => {
    let isFirst = true;
    using posts = await openPosts({
      'update posts': async ({ data }) => {
        if (!isFirst) return { ...data, slug: 'second look' };
        isFirst = false;
        await changeBehind(posts, id, { title: 'Other', slug: 'one', stars: 9 });
        return { ...data, slug: 'first look' };
      },
    });
    const { id } = await posts.create({ title: 'One', slug: 'one' });
    await posts.records.update(SYSTEM, 'posts', id, { title: 'Mine' });
    expect(posts.stored(id)).toEqual({ title: 'Mine', slug: 'second look', stars: 9 });
    expect(posts.shown.map(({ old }) => old?.stars)).toEqual([3, 9]);
  });

  test('three times at most, then the write is refused and nothing of it is kept', async () => {
    let looks = 0;
    using posts = await openPosts({
      'update posts': async ({ data }) => {
        looks++;
        await changeBehind(posts, id, { title: `Other ${looks}`, slug: 'one' });
        return data;
      },
    });
    const { id } = await posts.create({ title: 'One', slug: 'one' });
    const error = await refusal(() => posts.records.update(SYSTEM, 'posts', id, { title: 'Mine' }));
    expect([error.code, looks]).toEqual(['conflict', 3]);
    expect(posts.stored(id).title).toBe('Other 3');
  });

  test('with If-Match a change in between is 412, not a second look', async () => {
    using posts = await openPosts({
      'update posts': async ({ data }) => {
        await changeBehind(posts, id, { title: 'Other', slug: 'one' });
        return data;
      },
    });
    const { id } = await posts.create({ title: 'One', slug: 'one' });
    const late = await refusal(() =>
      posts.records.update(SYSTEM, 'posts', id, { title: 'Mine' }, [1]),
    );
    expect([late.code, posts.shown.length]).toEqual(['precondition_failed', 1]);
  });

  test("somebody else's record is not found, and no hook hears of it", async () => {
    const { hooks, shown } = createTestHooks({ 'update diary': () => undefined });
    using app = openDataApp({ hooks });
    await app.collections.create(SYSTEM, {
      name: 'diary',
      schema: { fields: [{ name: 'text', type: 'str' }] },
      options: {},
    });
    const { record } = await app.records.create(SYSTEM, 'diary', { text: 'secret' });
    const error = await refusal(() => app.records.update(ANN, 'diary', record.id, { text: 'x' }));
    expect([error.code, shown]).toEqual(['not_found', []]);
  });
});

describe('before a delete', () => {
  test('a hook sees the record and may refuse; a changed record is shown again', async () => {
    let isFirst = true;
    using posts = await openPosts({
      'delete posts': async ({ data }) => {
        if (data.title === 'Keep') return refuse(403, 'This one stays');
        if (isFirst) await changeBehind(posts, gone.id, { title: 'Other', slug: 'b' });
        isFirst = false;
        return undefined;
      },
    });
    const kept = await posts.create({ title: 'Keep', slug: 'a' });
    const gone = await posts.create({ title: 'Go', slug: 'b' });
    expect((await refusal(() => posts.records.delete(SYSTEM, 'posts', kept.id))).message).toBe(
      'This one stays',
    );
    await posts.records.delete(SYSTEM, 'posts', gone.id);
    expect(posts.shown.map(({ data }) => data.title)).toEqual(['Keep', 'Go', 'Other']);
    expect(await posts.count()).toBe(1);
  });
});

describe('in a batch', () => {
  test('a hook is shown a record as the steps before leave it', async () => {
    using posts = await openPosts({
      'create posts': slug,
      'update posts': ({ data }) => ({ ...data, stars: Number(data.stars) + 1 }),
      'delete posts': () => undefined,
    });
    const [id, other] = [newId(), newId()];
    const requests = [
      { method: 'POST', collection: 'posts', id, data: { title: 'One' } },
      { method: 'PATCH', collection: 'posts', id, data: { stars: 5 } },
      { method: 'PATCH', collection: 'posts', id, data: { title: 'Three' } },
      { method: 'POST', collection: 'posts', id: other, data: { title: 'Gone' } },
      { method: 'DELETE', collection: 'posts', id: other },
    ];
    await posts.records.batch(SYSTEM, requests);
    expect(posts.shown.map(({ op, old }) => [op, old?.stars])).toEqual([
      ['create', undefined],
      ['update', 3],
      ['update', 6],
      ['create', undefined],
      ['delete', undefined],
    ]);
    expect(posts.stored(id)).toEqual({ title: 'Three', slug: 'one', stars: 7 });
    expect(await posts.count()).toBe(1);
  });

  test('one refusal names its request and nothing of the batch is written', async () => {
    using posts = await openPosts({
      'create posts': (write) =>
        write.data.title === 'bad' ? refuse(409, 'No') : Promise.resolve(slug(write)),
    });
    const post = (title: string) => ({ method: 'POST', collection: 'posts', data: { title } });
    const error = await refusal(() =>
      posts.records.batch(SYSTEM, [post('good'), post('bad'), post('good')]),
    );
    expect([error.code, error.message, error.httpStatus]).toEqual([
      'conflict',
      'requests[1]: No',
      409,
    ]);
    expect(await posts.count()).toBe(0);
  });

  test('when a record changed meanwhile the hooks of the whole batch look again', async () => {
    let looks = 0;
    using posts = await openPosts({
      'update posts': async ({ data }) => {
        if (++looks === 1) await changeBehind(posts, id, { title: 'Other', slug: 'x', stars: 1 });
        return { ...data, slug: `look ${looks}` };
      },
    });
    const { id } = await posts.create({ title: 'One', slug: 'one' });
    await posts.records.batch(SYSTEM, [
      { method: 'PATCH', collection: 'posts', id, data: { title: 'Mine' } },
    ]);
    expect(posts.stored(id)).toEqual({ title: 'Mine', slug: 'look 2', stars: 1 });
  });
});

test('collections without hooks are planned without a wait and shown to nobody', async () => {
  using posts = await openPosts({ 'create other': () => undefined });
  const { id } = await posts.create({ title: 'One', slug: 'one' });
  await posts.records.update(SYSTEM, 'posts', id, { title: 'Two' });
  await posts.records.delete(SYSTEM, 'posts', id);
  expect(posts.shown).toEqual([]);
});

/** Another writer, whom the hooks do not see. */
async function changeBehind(
  { app }: { readonly app: ReturnType<typeof openDataApp> },
  id: string,
  data: Readonly<Record<string, string | number>>,
) {
  const collectionId = app.collections.find('posts')?.collection.id ?? '';
  await app.recordStore.update({ collectionId, filter: { op: 'all' } }, id, { merge: () => data });
}
