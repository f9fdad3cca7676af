import { Database, type SQLQueryBindings, type Statement } from 'bun:sqlite';
import { LRUCache } from 'lru-cache';

const MAX_STATEMENTS = 1_000;
/** Of all their texts together: a filter may be long, and its statement takes many times its text. */
const MAX_CHARACTERS = 500_000;

/**
 * Bun remembers the first 20 statements of a database and prepares all others anew with every use,
 * which takes longer than most of them run. This one remembers those that were used last.
 */
export class CachingDatabase extends Database {
  // Evicted ones are not finalized here: somebody may hold on to one; the garbage collector does it.
  readonly #statements = new LRUCache<string, Statement>({
    max: MAX_STATEMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_statement, sql) => sql.length,
  });

  override query<Row, Params extends SQLQueryBindings | SQLQueryBindings[]>(
    sql: string,
    // biome-ignore lint/suspicious/noExplicitAny: the signature that is overridden says so
  ): Statement<Row, Params extends any[] ? Params : [Params]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement as ReturnType<typeof this.query<Row, Params>>;
  }

  /** With statements left SQLite keeps the file open, and its locks, until they are collected. */
  override close(throwOnError?: boolean): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    super.close(throwOnError);
  }
}
