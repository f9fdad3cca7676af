import { expect, test } from 'bun:test';
import { cleanUpTokens } from '../../../src/features/auth/token-clean-up.ts';
import { createAuthApp, PASSWORD } from './auth-app.ts';

function createLog() {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  return { lines, logger: { info: add, error: add } };
}
const never = new AbortController().signal;

test('deletes what is over, in as many batches as it takes, and says so', async () => {
  const app = createAuthApp();
  await app.register('ann@example.com');
  const old = await app.signIn('ann@example.com');
  const row = app.db.query('SELECT user_id FROM auth_token').get() as { user_id: string };
  const insert = app.db.query(
    "INSERT INTO auth_token (id, user_id, kind, token_hash, created_at, expires_at) VALUES (?1, ?2, 'session', ?1, '', '2030-01-01T00:00:00.000Z')",
  );
  for (let n = 0; n < 1_200; n++) insert.run(`old ${n}`, row.user_id);
  app.clock.ms += 24 * 3_600_000;
  const young = await app.signIn('ann@example.com');
  const { lines, logger } = createLog();
  const { tokens, clock } = app;
  expect(await cleanUpTokens({ tokens, clock, logger, signal: never })).toBe(1_201);
  expect(lines).toEqual(['1201 sessions and one-time links that were over were deleted']);
  expect((await app.call('GET', '/api/auth/me', { token: old })).status).toBe(401);
  expect((await app.call('GET', '/api/auth/me', { token: young })).status).toBe(200);
  expect(await cleanUpTokens({ tokens, clock, logger, signal: never })).toBe(0);
  expect(lines).toHaveLength(1);
});

test('API tokens that ended stay in their list', async () => {
  const app = createAuthApp();
  await app.users.addAdmin('boss@example.com', PASSWORD);
  const token = await app.signIn('boss@example.com');
  const body = { name: 'ci', scopes: ['admin'], expires_at: '2030-01-01T00:10:00Z' };
  await app.call('POST', '/api/admin/api-tokens', { token, body });
  app.clock.ms += 3_600_000;
  const { tokens, clock } = app;
  await cleanUpTokens({ tokens, clock, logger: createLog().logger, signal: never });
  const { total } = (await app.call('GET', '/api/admin/api-tokens', { token })).body;
  expect(total).toBe(1);
});

test('stops after the batch that runs, and outlives a database that fails', async () => {
  const stop = new AbortController();
  let batches = 0;
  const { lines, logger } = createLog();
  const clock = { now: () => 0 };
  const endless = {
    async deleteExpired() {
      if (++batches === 2) stop.abort();
      return 500;
    },
  };
  expect(await cleanUpTokens({ tokens: endless, clock, logger, signal: stop.signal })).toBe(1_000);
  const broken = { deleteExpired: () => Promise.reject(new Error('disk full')) };
  expect(await cleanUpTokens({ tokens: broken, clock, logger, signal: never })).toBe(0);
  expect(lines.at(-1)).toContain('could not be deleted');
});
