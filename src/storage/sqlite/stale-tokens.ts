import { Database } from 'bun:sqlite';
import { existsSync } from 'node:fs';

export interface EndedTokens {
  readonly sessions: number;
  /** Those that the replaced database does not have: they were revoked since, or are of another one. */
  readonly apiTokens: number;
}

/**
 * What was revoked after a backup was made would come back to life with it. Sessions and one-time links
 * all end; API tokens, which programs hold, only when the database that is replaced does not know them.
 */
export function endTokens(staged: string, replaced: string): EndedTokens {
  const live = readLiveTokens(replaced);
  const db = new Database(staged, { readwrite: true, create: false });
  try {
    db.run('PRAGMA synchronous = FULL');
    return db
      .transaction(() => {
        db.run('DELETE FROM one_time_token');
        const sessions = db.run("DELETE FROM auth_token WHERE kind = 'session'").changes;
        const apiTokens =
          live === undefined
            ? 0
            : db.run(
                "DELETE FROM auth_token WHERE kind = 'api' AND token_hash NOT IN (SELECT value FROM json_each(?))",
                [JSON.stringify(live)],
              ).changes;
        return { sessions, apiTokens };
      })
      .immediate();
  } finally {
    db.close();
  }
}

/** The hashes of the API tokens that count now; undefined when there is no database to ask. */
function readLiveTokens(path: string): readonly string[] | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const db = new Database(path, { readonly: true });
    try {
      return db
        .query<{ token_hash: string }, []>("SELECT token_hash FROM auth_token WHERE kind = 'api'")
        .all()
        .map(({ token_hash }) => token_hash);
    } finally {
      db.close();
    }
  } catch {
    // A damaged one is a reason to restore, and says nothing about tokens.
    return undefined;
  }
}
