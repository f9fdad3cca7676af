import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { BIG_ROWS, openBigStore } from './big-store.ts';

test.each(['rows', 'a fault'])(
  'who reads in a thread knows of a write from elsewhere before they get %s',
  async (what) => {
    using big = await openBigStore();
    const { connection } = big.app;
    const table = tableOf(big.collectionId);
    const order: string[] = [];
    connection.onForeignWrite(() => order.push('told of the write'));
    const read = big.lanes.read({
      sql: `SELECT ${what === 'rows' ? 'id' : "json('x' || id)"} FROM ${table} ORDER BY data LIMIT 1`,
      args: [],
      rows: BIG_ROWS + 1,
      limit: 1,
      offset: 0,
      tests: undefined,
    });
    using other = new Database(connection.path, { readwrite: true });
    other.run(`DELETE FROM ${table} WHERE seq = 1`);
    await Promise.resolve(read).then(
      () => order.push('rows'),
      () => order.push('a fault'),
    );
    expect(order).toEqual(['told of the write', what]);
  },
);
