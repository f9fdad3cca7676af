import { describe, expect, test } from 'bun:test';
import { type Actor, ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { type AuditEntry, changesBetween } from '../../../src/core/audit.ts';
import { AppError } from '../../../src/core/errors.ts';
import { DAY_MS, NOW_MS, openAudit } from './audit-app.ts';

const ENTRY: AuditEntry = {
  action: 'user.delete',
  subject_id: 'u1',
  subject_name: 'ann@example.com',
  details: { records: 'keep' },
};
const BOSS: Actor = { kind: 'admin', id: 'b1', email: 'boss@example.com', tokenId: 's1' };

describe('an entry', () => {
  test('says what was done to what, by whom, when and from where', async () => {
    const { audit, all } = openAudit();
    await audit.note({ ...BOSS, caller: { id: 'r1', ip: '10.0.0.1' } }, ENTRY);
    expect(await all()).toEqual([
      {
        id: expect.any(String),
        created_at: new Date(NOW_MS).toISOString(),
        action: 'user.delete',
        actor_kind: 'admin',
        actor_via: 'session',
        actor_id: 'b1',
        actor_email: 'boss@example.com',
        actor_token_id: 's1',
        subject_type: 'user',
        subject_id: 'u1',
        subject_name: 'ann@example.com',
        details: { records: 'keep' },
        request_id: 'r1',
        address: '10.0.0.1',
      },
    ]);
  });

  const actors: readonly (readonly [string, Actor, object])[] = [
    ['an API token', { ...BOSS, scopes: ['admin'] }, { actor_via: 'api_token' }],
    ['a user', { ...BOSS, kind: 'user' }, { actor_kind: 'user', actor_via: 'session' }],
    ['the command line', SYSTEM, { actor_kind: 'system', actor_via: 'command_line' }],
    ['nobody who has signed in', ANONYMOUS, { actor_kind: 'anonymous', actor_via: null }],
    ['a caller who is gone', { ...BOSS, caller: { ip: '' } }, { address: null, request_id: null }],
  ];
  for (const [who, actor, expected] of actors)
    test(`tells ${who}`, async () => {
      const { audit, all } = openAudit();
      await audit.note(actor, ENTRY);
      expect(await all()).toMatchObject([expected]);
    });

  test('of a server is its own doing, not that of a command', async () => {
    const { audit, all } = openAudit();
    audit.serve();
    await audit.note(SYSTEM, ENTRY);
    expect(await all()).toMatchObject([{ actor_kind: 'system', actor_via: 'server' }]);
  });

  test('whose details are far too long loses them, and is there', async () => {
    const { audit, all } = openAudit();
    await audit.note(BOSS, { ...ENTRY, details: { text: 'x'.repeat(60_000) } });
    const [entry] = await all();
    expect(entry?.action).toBe('user.delete');
    expect(JSON.stringify(entry).length).toBeLessThan(1_000);
  });

  test('that cannot be written goes to the log, and whoever did it hears nothing of that', async () => {
    const { audit, lines, all } = openAudit((store) => ({
      ...store,
      add() {
        throw new AppError('unavailable', 'The disk is full.');
      },
    }));
    await audit.note({ ...BOSS, caller: { id: 'r1', ip: '::1' } }, ENTRY);
    expect(await all()).toEqual([]);
    expect(lines).toHaveLength(1);
    for (const part of ['user.delete was done', '"u1"', '"b1"', '"r1"'])
      expect(lines[0]).toContain(part);
    // Names are personal, and details may be long: neither belongs into a log.
    expect(lines[0]).not.toContain('example.com');
  });

  test('that cannot be written is written once there is room, with the time of the act, and once', async () => {
    let isFull = true;
    const { audit, time, all } = openAudit((store) => ({
      ...store,
      add(entry) {
        if (isFull) throw new AppError('unavailable', 'The disk is full.');
        return store.add(entry);
      },
    }));
    for (const subject_id of ['first', 'second']) await audit.note(BOSS, { ...ENTRY, subject_id });
    time.ms += 60_000;
    await audit.noteLate();
    expect(await all()).toEqual([]);
    isFull = false;
    await audit.note(BOSS, { ...ENTRY, subject_id: 'third' });
    await Promise.all([audit.noteLate(), audit.noteLate()]);
    await audit.noteLate();
    const noted = (await all()).map(({ subject_id, created_at }) => [subject_id, created_at]);
    const act = new Date(NOW_MS).toISOString();
    expect(noted.toSorted()).toEqual([
      ['first', act],
      ['second', act],
      ['third', new Date(NOW_MS + 60_000).toISOString()],
    ]);
  });
});

describe('a list', () => {
  test('is of the times that are asked for, in any zone', async () => {
    const { audit, time } = openAudit();
    for (const day of [0, 1, 2]) {
      time.ms = NOW_MS + day * DAY_MS;
      await audit.note(BOSS, { ...ENTRY, subject_id: String(day) });
    }
    const range = {
      created_after: '2030-06-02T02:00:00+02:00',
      created_before: '2030-06-03T00:00:00Z',
    };
    const { items, total } = await audit.list(range, { limit: 10, offset: 0 });
    expect(items.map(({ subject_id }) => subject_id)).toEqual(['1']);
    expect(total).toBe(1);
    const wrong = audit.list({ created_after: '2030-02-30T00:00:00Z' }, { limit: 10, offset: 0 });
    expect(wrong).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('entries older than they are kept', () => {
  test('go, however many, and younger ones stay', async () => {
    const { audit, time, all, lines } = openAudit();
    time.ms = NOW_MS - 91 * DAY_MS;
    await Promise.all(Array.from({ length: 250 }, () => audit.note(BOSS, ENTRY)));
    time.ms = NOW_MS - 89 * DAY_MS;
    await audit.note(BOSS, { ...ENTRY, subject_id: 'young' });
    time.ms = NOW_MS;
    expect(await audit.cleanUp(new AbortController().signal)).toBe(250);
    expect((await all()).map(({ subject_id }) => subject_id)).toEqual(['young']);
    expect(lines).toHaveLength(1);
    expect(await audit.cleanUp(new AbortController().signal)).toBe(0);
    expect(lines).toHaveLength(1);
  });

  test('stay when the server stops, and are no reason for it to fail', async () => {
    const { audit, time, lines } = openAudit((store) => ({
      ...store,
      deleteBefore() {
        throw new AppError('unavailable', 'The database is locked.');
      },
    }));
    time.ms = NOW_MS + 100 * DAY_MS;
    expect(await audit.cleanUp(AbortSignal.abort())).toBe(0);
    expect(lines).toEqual([]);
    expect(await audit.cleanUp(new AbortController().signal)).toBe(0);
    expect(lines).toHaveLength(1);
  });
});

describe('what a change did', () => {
  test('are the keys that differ, with what they were and are', () => {
    const before = { a: 1, b: { x: [1] }, c: 'same' };
    const after = { a: 2, b: { x: [1, 2] }, c: 'same' };
    expect(changesBetween(before, after, ['a', 'b', 'c'])).toEqual({
      changed: ['a', 'b'],
      was: { a: 1, b: { x: [1] } },
      now: { a: 2, b: { x: [1, 2] } },
    });
    expect(changesBetween(before, { ...after }, ['c'])).toBeUndefined();
  });
});
