import type { Database } from 'bun:sqlite';

/**
 * Ends every way into an account that its password opened: sessions but the one to keep, and open
 * one-time links. API tokens are no part of it. Part of a job.
 */
export function signOut(db: Database, userId: string, keptSession: string | null = null): void {
  db.query("DELETE FROM auth_token WHERE user_id = ? AND kind = 'session' AND id IS NOT ?").run(
    userId,
    keptSession,
  );
  db.query('DELETE FROM one_time_token WHERE user_id = ?').run(userId);
}
