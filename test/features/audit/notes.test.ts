import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import type { AuditItem } from '../../../src/features/audit/schema.ts';
import { createFailedSignIns } from '../../../src/features/auth/audit-entries.ts';
import { openScopedApp, PASSWORD, type ScopedApp } from '../../http/scoped-app.ts';
import { settableClock } from '../records/data-app.ts';
import { NOW_MS, openAudit } from './audit-app.ts';

setDefaultTimeout(600_000);

let app: ScopedApp;
beforeAll(async () => {
  app = await openScopedApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** What was noted since the test began, oldest first. */
async function readNoted(): Promise<readonly AuditItem[]> {
  const at = `/api/admin/audit?limit=1000&created_after=${since}`;
  return (await app.call('GET', at, { token: app.boss })).body.items.toReversed();
}
let since = '';
beforeEach(async () => {
  await Bun.sleep(2);
  since = new Date().toISOString();
});
const signIn = (email: string, password: string) =>
  app.call('POST', '/api/auth/login', { body: { email, password } });

test('an admin who signs in is noted, with the session; a user is not', async () => {
  await signIn('boss@example.com', PASSWORD);
  await signIn('ann@example.com', PASSWORD);
  const noted = await readNoted();
  expect(noted).toMatchObject([
    { action: 'user.sign_in', actor_kind: 'admin', subject_name: 'boss@example.com' },
  ]);
  expect(noted[0]?.details.session_id).toBe(noted[0]?.actor_token_id);
});

test('guessing an admin’s password is noted; a wrong one of a user or of nobody is not', async () => {
  await signIn('BOSS@example.com', 'wrong');
  await signIn('ann@example.com', 'wrong');
  await signIn('nobody@example.com', 'wrong');
  expect(await readNoted()).toMatchObject([
    { action: 'user.sign_in_failed', actor_kind: 'anonymous', subject_name: 'boss@example.com' },
  ]);
});

test('filling the disk by guessing: of many failures of an account a few are noted', async () => {
  const { audit, store, all } = openAudit();
  // Writes are done in turn: after this one, all before it are.
  const settle = () => store.deleteBefore('', 1);
  const clock = settableClock();
  clock.ms = NOW_MS;
  const noteFailure = createFailedSignIns({ audit, clock });
  const boss = { id: 'b1', email: 'boss@example.com' };
  for (let n = 0; n < 500; n++) noteFailure(boss, `10.0.0.${n % 250}`);
  noteFailure({ id: 'b2', email: 'other@example.com' }, '10.0.0.1');
  await settle();
  const entries = await all();
  expect(entries.filter(({ subject_id }) => subject_id === 'b1')).toHaveLength(5);
  expect(entries.filter(({ subject_id }) => subject_id === 'b2')).toHaveLength(1);
  clock.ms += 11 * 60_000;
  noteFailure(boss, '10.0.0.9');
  await settle();
  expect((await all())[0]).toMatchObject({ subject_id: 'b1', address: '10.0.0.9' });
});

test('timing: nobody waits for the note of a failure, which would tell who is an admin', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const notes: string[] = [];
  const audit = {
    async note() {
      await promise;
      notes.push('done');
    },
  };
  const clock = settableClock();
  const answer: unknown = createFailedSignIns({ audit, clock })({ id: 'b', email: 'b@x.y' }, '::1');
  expect(answer).toBeUndefined();
  expect(notes).toEqual([]);
  resolve();
});

test('what people do to their own accounts is noted, once, as theirs', async () => {
  const body = { email: 'own@example.com', password: PASSWORD };
  const { body: account } = await app.call('POST', '/api/auth/register', { body });
  const token = await app.signIn('own@example.com');
  const change = { current_password: PASSWORD, password: 'another horse' };
  await app.call('POST', '/api/auth/change-password', { token, body: change });
  await app.call('DELETE', '/api/auth/me', { token, body: { password: 'another horse' } });
  const own = { actor_kind: 'user', actor_id: account.id, subject_id: account.id };
  expect(await readNoted()).toMatchObject([
    { action: 'user.change_password', ...own },
    { action: 'user.delete', ...own, details: { is_admin: false, records: 'keep' } },
  ]);
});

test('a patch that changes nothing is not noted, nor is one that is refused', async () => {
  const at = `/api/admin/users/${app.ann.id}`;
  const token = app.boss;
  await app.call('PATCH', at, { token, body: { is_admin: false, email: 'Ann@example.com' } });
  await app.call('PATCH', at, { token, body: { email: 'boss@example.com' } });
  await app.call('PATCH', '/api/collections/posts', { token, body: { label: 'posts' } });
  await app.call('DELETE', '/api/collections/posts', { token });
  await app.call('DELETE', '/api/collections/none', { token });
  expect(await readNoted()).toEqual([]);
});

test('what a change did is told, but never a password', async () => {
  const body = { email: 'anna@example.com', is_active: false, password: 'Swordfish-patch' };
  await app.call('PATCH', `/api/admin/users/${app.ann.id}`, { token: app.boss, body });
  const noted = await readNoted();
  expect(noted).toMatchObject([
    {
      action: 'user.update',
      details: {
        changed: ['email', 'is_active', 'password'],
        was: { email: 'ann@example.com', is_active: true },
        now: { email: 'anna@example.com', is_active: false },
      },
    },
  ]);
  expect(JSON.stringify(noted)).not.toContain('Swordfish');
});

test('a change of a collection is told in the words of its plan, with who may do what', async () => {
  const body = { options: { access: { list: 'public' } }, schema: { fields: [] } };
  const at = '/api/collections/posts?force=true';
  await app.call('PATCH', at, { token: app.boss, body });
  expect(await readNoted()).toMatchObject([
    {
      action: 'collection.update',
      subject_name: 'posts',
      details: {
        changes: [
          'Who may do what with the records changes.',
          'title goes, and its values in 1 record are deleted.',
          'by goes, and its values in 1 record are deleted.',
          'The index over by goes.',
        ],
        force: true,
        was: { 'access.list': 'owner' },
        now: { 'access.list': 'public' },
      },
    },
  ]);
  await app.call('DELETE', '/api/collections/posts?confirm=posts', { token: app.boss });
  expect((await readNoted()).at(-1)).toMatchObject({
    action: 'collection.delete',
    details: { records: 1 },
  });
});
