import { describe, expect, test } from 'bun:test';
import type { Filter } from '../../src/features/records/store.ts';
import { newId } from '../../src/lib/ids.ts';
import { CachingDatabase } from '../../src/storage/sqlite/caching-database.ts';
import { toWhere } from '../../src/storage/sqlite/sql.ts';
import { openDataApp, temporaryFolder } from '../features/records/data-app.ts';
import { collectionOf } from './contract/harness.ts';

describe('a long needle', () => {
  const key = { kind: 'field', name: 'text' } as const;
  const sqlOf = (text: string) => toWhere({ op: 'contains', key, text })[0];

  test('is not compared with a long text at each of its places', () => {
    expect(sqlOf('a'.repeat(64))).toContain('instr(');
    expect(sqlOf('a'.repeat(65))).toContain('contains_folded(');
  });
});

async function isAnsweredLater(answer: unknown): Promise<boolean> {
  await answer;
  return answer instanceof Promise;
}

describe('a few records of many megabytes', () => {
  const FILTER: Filter = { op: 'equals', key: { kind: 'field', name: 'text' }, value: 'x' };
  const PAGE = { sort: [], limit: 10 };

  async function openHeavy(texts: readonly string[]) {
    const folder = temporaryFolder();
    const app = openDataApp({ path: folder.file('x.db') });
    const collection = collectionOf('heavy', [{ name: 'text', type: 'string' }]);
    await app.collectionStore.insert(collection);
    const collectionId = collection.id;
    const ids = texts.map(() => newId());
    for (const [index, text] of texts.entries())
      await app.recordStore.insert(collectionId, {
        id: ids[index] ?? '',
        ownerId: null,
        data: () => ({ text }),
      });
    const scope = { collectionId, filter: FILTER };
    return {
      ...app,
      ids,
      collectionId,
      /** Whether a thread looks through them. */
      isListInThread: () => isAnsweredLater(app.recordStore.list(scope, PAGE)),
      isCountInThread: () => isAnsweredLater(app.recordStore.count(scope, true)),
      [Symbol.dispose]() {
        app.close();
        folder[Symbol.dispose]();
      },
    };
  }
  const MEGABYTES = Array.from({ length: 12 }, () => 'y'.repeat(1_000_000));

  test('are looked through in a thread, like many records', async () => {
    using heavy = await openHeavy(MEGABYTES);
    expect(await heavy.isListInThread()).toBe(true);
    expect(await heavy.isCountInThread()).toBe(true);
  });

  test('are also known when they were there before', async () => {
    using heavy = await openHeavy(MEGABYTES);
    heavy.connection.dropCaches();
    expect(await heavy.isListInThread()).toBe(true);
  });

  test('are looked through at once when they have become small, or few', async () => {
    using heavy = await openHeavy(MEGABYTES);
    expect(await heavy.isListInThread()).toBe(true);
    const { recordStore, collectionId, ids } = heavy;
    const scope = { collectionId, filter: { op: 'all' } } as const;
    for (const id of ids.slice(0, 6)) await recordStore.delete(scope, id);
    for (const id of ids.slice(6)) await recordStore.update(scope, id, { merge: () => ({}) });
    expect(await heavy.isListInThread()).toBe(false);
    await recordStore.update(scope, ids[7] ?? '', {
      merge: () => ({ text: 'z'.repeat(9_000_000) }),
    });
    expect(await heavy.isListInThread()).toBe(true);
  });
});

describe('statements of a thousand different long filters', () => {
  const sqlOf = (n: number, length: number) => `SELECT ${n} /*${'x'.repeat(length)}*/`;

  test('are not all kept: each takes many times the memory of its text', () => {
    using db = new CachingDatabase(':memory:');
    const first = db.query(sqlOf(0, 10_000));
    for (let n = 1; n < 100; n++) db.query(sqlOf(n, 10_000));
    expect(db.query(sqlOf(0, 10_000))).not.toBe(first);
  });

  test('a thousand usual ones are', () => {
    using db = new CachingDatabase(':memory:');
    const statements = Array.from({ length: 1_000 }, (_, n) => db.query(sqlOf(n, 300)));
    for (const [n, statement] of statements.entries())
      expect(db.query(sqlOf(n, 300))).toBe(statement);
  });
});
