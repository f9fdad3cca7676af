import { expect, test } from 'bun:test';
import { createTokenStore } from '../../src/storage/sqlite/token-store.ts';
import { openDataApp } from '../features/records/data-app.ts';
import { emailTokenContract } from './contract/email-tokens.ts';
import { tokenStoreContract } from './contract/token-store.ts';
import { userStoreContract } from './contract/user-store.ts';

function openSqlite() {
  const { connection, db, userStore: users } = openDataApp();
  return { db, users, tokens: createTokenStore(connection) };
}

userStoreContract('SQLite', () => openSqlite().users);
tokenStoreContract('SQLite', openSqlite);
emailTokenContract('SQLite', openSqlite);

test('words in the database that are no scope open nothing, nor do scopes that are missing', async () => {
  const { db, users, tokens } = openSqlite();
  await users.create({ id: 'ann', email: 'a@example.com', passwordHash: 'h', createdAt: '' });
  const insert = db.query(
    "INSERT INTO auth_token (id, user_id, kind, token_hash, scopes, created_at) VALUES (?1, 'ann', 'api', ?1, ?2, '')",
  );
  for (const [scopes, held] of [
    [null, []],
    ['', []],
    ['ADMIN', []],
    ['admin,records:read', []],
    ['["admin"]', []],
    ['root  records:write', ['records:write']],
    ['admin admin', ['admin']],
  ] as const) {
    const id = `token ${scopes}`;
    insert.run(id, scopes);
    expect(tokens.findToken(id)?.scopes, id).toEqual([...held]);
  }
});

test('API tokens are listed and counted by an index, however many sessions there are', () => {
  const { db } = openSqlite();
  for (const sql of [
    "SELECT count(*) FROM auth_token WHERE kind = 'api'",
    "SELECT t.name, u.email FROM auth_token t JOIN user u ON u.id = t.user_id WHERE t.kind = 'api' ORDER BY t.id DESC LIMIT 9",
  ]) {
    const plan = db.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    const details = plan.map(({ detail }) => detail).join('; ');
    expect(details).toContain('auth_token_api');
    expect(details).not.toContain('TEMP B-TREE');
  }
});
