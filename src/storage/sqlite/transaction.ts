import type { Database } from 'bun:sqlite';

/** Carries an answer out of a transaction that must be taken back all the same. */
export class TakenBack<T> extends Error {
  readonly answer: T;
  constructor(answer: T) {
    super('the transaction is taken back');
    this.answer = answer;
  }
}

/** The answer of what threw TakenBack; everything else is thrown on. */
export function answerOf<T>(thrown: unknown): T {
  if (thrown instanceof TakenBack) return thrown.answer;
  throw thrown;
}

/** Runs it in a transaction of its own. With `DEFERRED` it reads one state of everything and writes nothing. */
export function inTransaction<T>(db: Database, mode: 'IMMEDIATE' | 'DEFERRED', run: () => T): T {
  db.run(`BEGIN ${mode}`);
  try {
    const answer = run();
    db.run('COMMIT');
    return answer;
  } catch (error) {
    // SQLite itself gives up the transaction when the disk is full or broken.
    if (db.inTransaction) db.run('ROLLBACK');
    return answerOf<T>(error);
  }
}
