import { openConnection } from '../../src/storage/sqlite/connection.ts';
import { createTokenStore } from '../../src/storage/sqlite/token-store.ts';
import { createUserStore } from '../../src/storage/sqlite/user-store.ts';
import { tokenStoreContract } from './contract/token-store.ts';
import { userStoreContract } from './contract/user-store.ts';

function openSqlite() {
  const connection = openConnection({ path: ':memory:' });
  return { users: createUserStore(connection), tokens: createTokenStore(connection) };
}

userStoreContract('SQLite', () => openSqlite().users);
tokenStoreContract('SQLite', openSqlite);
