import { beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { SCOPES } from '../../../src/core/actor.ts';
import { createTokenApp, PATH, type TokenApp } from './api-token-app.ts';
import { PASSWORD } from './auth-app.ts';

let app: TokenApp;
beforeEach(async () => {
  app = await createTokenApp();
});

describe('making an API token', () => {
  test('answers it once, and lists everything but it', async () => {
    const body = { name: 'deploy from CI', scopes: ['functions:deploy', 'records:read'] };
    const answer = await app.make(body);
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      ...body,
      expires_at: null,
      token: expect.stringMatching(/^tb_[A-Za-z0-9_-]{43}$/),
    });
    expect(await app.list()).toEqual({
      items: [
        {
          id: answer.body.id,
          name: 'deploy from CI',
          scopes: ['records:read', 'functions:deploy'],
          user_id: app.bossId,
          email: 'boss@example.com',
          created_at: '2030-01-01T00:00:00.000Z',
          last_used_at: null,
          expires_at: null,
        },
      ],
      total: 1,
      page: 1,
      page_size: 100,
    });
  });

  test('the list has those of all admins, newest first, in pages, and no session', async () => {
    await app.users.addAdmin('second@example.com', PASSWORD);
    const second = await app.signIn('second@example.com');
    await app.made(['admin'], { name: 'one' });
    app.clock.ms += 1000;
    await app.made(['admin'], { name: 'two' }, second);
    app.clock.ms += 1000;
    await app.made(['admin'], { name: 'three' });
    const all = await app.list();
    expect(all.items.map((item: { name: string }) => item.name)).toEqual(['three', 'two', 'one']);
    expect(all.items[1].email).toBe('second@example.com');
    expect(await app.list('?limit=1&offset=2')).toMatchObject({
      items: [{ name: 'one' }],
      total: 3,
      page: 3,
      page_size: 1,
    });
  });

  test('is for admins', async () => {
    await app.register('ann@example.com');
    const ann = await app.signIn('ann@example.com');
    const { id } = await app.made(['admin']);
    const body = { name: 'x', scopes: ['records:read'] };
    for (const [token, status] of [
      [undefined, 401],
      [ann, 403],
    ] as const) {
      const extra = token === undefined ? {} : { token };
      expect((await app.call('POST', PATH, { body, ...extra })).status).toBe(status);
      expect((await app.call('GET', PATH, extra)).status).toBe(status);
      expect((await app.call('DELETE', `${PATH}/${id}`, extra)).status).toBe(status);
    }
    expect((await app.list()).total).toBe(1);
  });

  test('an expiry is kept in UTC, whatever offset it came with', async () => {
    const answer = await app.make({
      name: 'x',
      scopes: ['admin'],
      expires_at: '2030-01-01T03:00:00.5+02:00',
    });
    expect(answer.body.expires_at).toBe('2030-01-01T01:00:00.500Z');
    expect((await app.list()).items[0].expires_at).toBe('2030-01-01T01:00:00.500Z');
    expect((await app.make({ name: 'x', scopes: ['admin'], expires_at: null })).status).toBe(201);
  });

  test('a name is counted as people count, and several tokens may share one', async () => {
    expect((await app.make({ name: '🐎'.repeat(100), scopes: ['admin'] })).status).toBe(201);
    expect((await app.make({ name: '🐎'.repeat(101), scopes: ['admin'] })).status).toBe(422);
    await app.made(['admin'], { name: 'same' });
    await app.made(['admin'], { name: 'same' });
    expect((await app.list()).total).toBe(3);
  });

  test('all faults come at once', async () => {
    const { body } = await app.make({ name: '', scopes: ['admin'], expires_at: 'soon' });
    expect(body.detail.map(({ loc }: { loc: string[] }) => loc)).toEqual([
      ['body', 'name'],
      ['body', 'expires_at'],
    ]);
  });

  const good = { name: 'x', scopes: ['records:read'] };
  const refused: [name: string, body: object, loc: (string | number)[], hint: string][] = [
    ['no name', { scopes: good.scopes }, ['body', 'name'], 'required'],
    ['an empty name', { ...good, name: '' }, ['body', 'name'], 'empty'],
    ['a name of spaces', { ...good, name: '   ' }, ['body', 'name'], 'empty'],
    ['a line break in the name', { ...good, name: 'a\nb' }, ['body', 'name'], 'line breaks'],
    ['an escape in the name', { ...good, name: 'a\u001b[31m' }, ['body', 'name'], 'control'],
    ['a NUL in the name', { ...good, name: 'a\u0000' }, ['body', 'name'], 'control'],
    ['a line separator', { ...good, name: 'a\u2028b' }, ['body', 'name'], 'line breaks'],
    ['a name that is no text', { ...good, name: 7 }, ['body', 'name'], 'a string'],
    ['no scopes', { name: 'x' }, ['body', 'scopes'], 'required'],
    ['an empty list of scopes', { ...good, scopes: [] }, ['body', 'scopes'], 'at least 1'],
    ['scopes as a text', { ...good, scopes: 'admin' }, ['body', 'scopes'], 'a list'],
    [
      'a mistyped scope',
      { ...good, scopes: ['record:read'] },
      ['body', 'scopes', 0],
      'mean records:read?',
    ],
    [
      'a time that is past',
      { ...good, expires_at: '2029-12-31T23:59:59Z' },
      ['body', 'expires_at'],
      'future',
    ],
    [
      'a time that is now',
      { ...good, expires_at: '2030-01-01T00:00:00Z' },
      ['body', 'expires_at'],
      'future',
    ],
    [
      'a time without offset',
      { ...good, expires_at: '2031-01-01T00:00:00' },
      ['body', 'expires_at'],
      'offset',
    ],
    [
      'a day that does not exist',
      { ...good, expires_at: '2031-02-30T00:00:00Z' },
      ['body', 'expires_at'],
      'exists',
    ],
    [
      'a number as time',
      { ...good, expires_at: 1893456000 },
      ['body', 'expires_at'],
      'got 1893456000',
    ],
    ['a key of the table', { ...good, user_id: 'x' }, ['body', 'user_id'], 'not a known key'],
    [
      'a token of choice',
      { ...good, token: `tb_${'A'.repeat(43)}` },
      ['body', 'token'],
      'not a known key',
    ],
  ];
  for (const [name, body, loc, hint] of refused)
    test(`${name} is refused`, async () => {
      const answer = await app.make(body);
      expect(answer.status).toBe(422);
      expect(answer.body.detail[0].loc).toEqual(loc);
      expect(answer.body.detail[0].msg).toContain(hint);
      expect((await app.list()).total).toBe(0);
    });

  for (const scopes of [
    ['records:read', 'records:read'],
    ['ADMIN'],
    [' admin'],
    ['admin '],
    ['admin records:read'],
    ['admin,records:read'],
    ['records:*'],
    ['*'],
    [''],
    ['аdmin'],
    ['records:read\u0000'],
    ['__proto__'],
    [null],
    [['admin']],
    [{ toString: 'admin' }],
  ])
    test(`scopes crafted as ${JSON.stringify(scopes)} give nothing`, async () => {
      expect((await app.make({ name: 'x', scopes })).status).toBe(422);
      expect((await app.list()).total).toBe(0);
    });

  test('every set of scopes comes back as it is stored, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1 }),
        async (scopes) => {
          const { id } = await app.made(scopes);
          const { items } = await app.list('?limit=1000');
          const found = items.find((item: { id: string }) => item.id === id);
          expect([...found.scopes].sort()).toEqual([...scopes].sort());
        },
      ),
      { numRuns: 40 },
    );
  });

  test('no other word is ever a scope', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (word) => {
        fc.pre(!SCOPES.some((scope) => scope === word));
        expect((await app.make({ name: 'x', scopes: [word] })).status).toBe(422);
      }),
      { numRuns: 60 },
    );
  });
});
