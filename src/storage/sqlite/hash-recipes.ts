import type { Database } from 'bun:sqlite';
import type { Connection } from './connection.ts';

const KEY = 'password_recipes';
/** Every attempt to sign in does the work of each. */
export const MAX_HASH_RECIPES = 8;

/** The recipes of password hashes that imports have brought; see lib/password-hash.ts. */
export interface HashRecipes {
  all(): readonly string[];
  /** Forgets those of which no account has a hash any more: it reads them all. */
  dropUnused(): Promise<void>;
}

export function createHashRecipes({ db, write }: Pick<Connection, 'db' | 'write'>): HashRecipes {
  return {
    all: () => readHashRecipes(db),
    async dropUnused() {
      if (readHashRecipes(db).length === 0) return;
      await write(() => {
        const used = db.query<unknown, [string]>(
          'SELECT 1 FROM user WHERE substr(password_hash, 1, length(?1)) = ?1 LIMIT 1',
        );
        const recipes = readHashRecipes(db);
        const left = recipes.filter((recipe) => used.get(recipe) !== null);
        if (left.length < recipes.length) store(db, left);
      });
    },
  };
}

/** Part of a job that writes such hashes. */
export function addHashRecipes(db: Database, added: Iterable<string>): void {
  const before = readHashRecipes(db);
  const after = new Set([...before, ...added]);
  if (after.size > before.length) store(db, [...after]);
}

export function readHashRecipes(db: Database): readonly string[] {
  const row = db
    .query<{ value: string }, [string]>('SELECT value FROM meta WHERE key = ?')
    .get(KEY);
  return row === null ? [] : row.value.split(' ').filter((recipe) => recipe !== '');
}

function store(db: Database, recipes: readonly string[]): void {
  db.query(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(KEY, recipes.join(' '));
}
