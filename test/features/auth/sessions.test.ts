import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSessions } from '../../../src/features/auth/sessions.ts';
import type { StoredToken } from '../../../src/features/auth/store.ts';
import { createSecret } from '../../../src/features/auth/tokens.ts';
import { createAuthApp } from './auth-app.ts';

function createFake(failing = false) {
  const clock = { ms: 1_000_000, now: () => clock.ms };
  const uses: string[] = [];
  const warnings: string[] = [];
  const stored = new Map<string, StoredToken>();
  const fake = { clock, uses, warnings, stored, reads: 0 };
  const sessions = createSessions({
    clock,
    jwt: { verify: () => undefined },
    log: { warning: (message) => void warnings.push(message) },
    tokens: {
      findToken: (hash) => {
        fake.reads++;
        return stored.get(hash);
      },
      recordUse: async (_, at) => {
        if (failing) throw new Error('disk full');
        uses.push(at);
      },
    },
  });
  const add = (userId: string) => {
    const token = `tb_${createSecret()}`;
    stored.set(Bun.SHA256.hash(token, 'hex'), {
      id: token.slice(0, 9),
      user_id: userId,
      email: `${userId}@example.com`,
      is_admin: false,
      scopes: null,
      last_used_at: null,
      expires_at: null,
    });
    return token;
  };
  return Object.assign(fake, { sessions, add });
}

test('a session is read from the database once', () => {
  const fake = createFake();
  const token = fake.add('ann');
  const first = fake.sessions.getActor(token);
  expect(fake.sessions.getActor(token)).toBe(first);
  expect(fake.reads).toBe(1);
});

test('a guess is not remembered: a session that starts later counts', () => {
  const fake = createFake();
  const token = fake.add('ann');
  const rows = [...fake.stored];
  fake.stored.clear();
  expect(() => fake.sessions.getActor(token)).toThrow('unknown');
  for (const [hash, row] of rows) fake.stored.set(hash, row);
  expect(fake.sessions.getActor(token).id).toBe('ann');
});

test('what does not look like a token never reaches the database', () => {
  const fake = createFake();
  for (const token of ['', 'tb_', 'tb_x', `tb_${'x'.repeat(44)}`, `${fake.add('ann')}\n`])
    expect(() => fake.sessions.getActor(token)).toThrow('unknown');
  expect(fake.reads).toBe(0);
});

test('forgetting a user leaves the others in memory', () => {
  const fake = createFake();
  const [ann, annToo, bob] = [fake.add('ann'), fake.add('ann'), fake.add('bob')];
  for (const token of [ann, annToo, bob]) fake.sessions.getActor(token);
  fake.stored.clear();
  fake.sessions.forgetUser('ann');
  expect(() => fake.sessions.getActor(ann)).toThrow();
  expect(() => fake.sessions.getActor(annToo)).toThrow();
  expect(fake.sessions.getActor(bob).id).toBe('bob');
});

test('a use is written at most once a minute, and not again after the cache was dropped', async () => {
  const app = createAuthApp();
  await app.register('ann@example.com');
  const token = await app.signIn('ann@example.com');
  const lastUse = async () => {
    await app.written();
    return (app.db.query('SELECT last_used_at FROM auth_token').get() as { last_used_at: string })
      .last_used_at;
  };
  const use = () => app.call('GET', '/api/who', { token });
  expect(await lastUse()).toBe('2030-01-01T00:00:00.000Z');
  app.clock.ms += 59_999;
  await use();
  expect(await lastUse()).toBe('2030-01-01T00:00:00.000Z');
  app.clock.ms += 1;
  await use();
  expect(await lastUse()).toBe('2030-01-01T00:01:00.000Z');
  app.clock.ms += 30_000;
  app.sessions.forgetAll();
  await use();
  expect(await lastUse()).toBe('2030-01-01T00:01:00.000Z');
});

test('a use that cannot be written is logged and refuses nobody', async () => {
  const fake = createFake(true);
  const token = fake.add('ann');
  expect(fake.sessions.getActor(token).id).toBe('ann');
  await Bun.sleep(1);
  expect(fake.warnings).toHaveLength(1);
});

test('a clock that jumps back writes nothing', () => {
  const fake = createFake();
  const token = fake.add('ann');
  fake.sessions.getActor(token);
  fake.clock.ms -= 500_000;
  fake.sessions.getActor(token);
  expect(fake.uses).toHaveLength(1);
});

test('what the command line did to an account counts in the running server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinybase-auth-'));
  try {
    const path = join(folder, 'test.db');
    const server = createAuthApp({ path });
    const commandLine = createAuthApp({ path });
    await server.register('ann@example.com');
    const token = await server.signIn('ann@example.com');
    const kind = async () => (await server.call('GET', '/api/who', { token })).body.kind;
    expect(await kind()).toBe('user');
    await commandLine.users.addAdmin('ann@example.com');
    await Bun.sleep(1);
    server.connection.checkForeignWrites();
    expect(await kind()).toBe('admin');
    await commandLine.users.addAdmin('ann@example.com', 'another horse');
    await Bun.sleep(1);
    server.connection.checkForeignWrites();
    expect(await kind()).toBeUndefined();
    commandLine.connection.close();
    server.connection.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
