import { createHints, type Hint } from '../../src/storage/sqlite/hints.ts';
import { createLanes } from '../../src/storage/sqlite/lanes.ts';
import { createRecordReads } from '../../src/storage/sqlite/record-reads.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { createTotals } from '../../src/storage/sqlite/totals.ts';
import { openDataApp, settableClock, temporaryFolder } from '../features/records/data-app.ts';
import { ANN, collectionOf } from './contract/harness.ts';

export const BIG_ROWS = 6_000;
const FIELDS = [
  { name: 'n', type: 'integer', index: true },
  { name: 'tens', type: 'integer', index: true },
  { name: 'text', type: 'string' },
  { name: 'place', type: 'dict' },
  { name: 'tags', type: 'list' },
] as const;

/**
 * A collection that is big enough for the slow lane, on disk, with a read side of its own whose parts
 * can be watched: n from 0, tens ten times each, text against n, every third record Ann's.
 */
export async function openBigStore() {
  const folder = temporaryFolder();
  const app = openDataApp({ path: folder.file('x.db') });
  const collection = collectionOf('big', FIELDS);
  await app.collectionStore.insert(collection);
  const table = tableOf(collection.id);
  const insert = app.db.prepare(
    `INSERT INTO ${table} (id, owner_id, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
  );
  app.db.transaction(() => {
    const at = '2030-01-01T00:00:00.000Z';
    for (let n = 0; n < BIG_ROWS; n++) {
      const text = String(BIG_ROWS - n).padStart(6, '0');
      const data = { n, tens: Math.floor(n / 10), text, place: { n }, tags: [n] };
      insert.run(Bun.randomUUIDv7(), n % 3 === 0 ? ANN : null, JSON.stringify(data), at, at);
    }
  })();
  const { connection, changes } = app;
  const clock = settableClock();
  const time = { ms: 0 };
  const hinted: Hint[] = [];
  const hints = createHints({ clock, onHint: (hint) => hinted.push(hint) });
  const lanes = createLanes(connection);
  const totals = createTotals({ db: app.db, lanes, changes, now: () => time.ms });
  const reads = createRecordReads({ connection, changes, totals, lanes, hints });
  return {
    app,
    collectionId: collection.id,
    reads,
    lanes,
    totals,
    hints,
    hinted,
    clock,
    /** What the totals take for the time. */
    time,
    [Symbol.dispose]() {
      lanes.close();
      app.close();
      folder[Symbol.dispose]();
    },
  };
}
