import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { expectStatus } from '../support/http-client.ts';
import { AUTHORS, COLLECTIONS, type CollectionName, makeItem } from './fields.ts';
import { countRecords } from './rival.ts';
import type { TinyBase } from './tinybase.ts';

const FIRST_MS = Date.UTC(2024, 0, 1);

export interface StallData {
  readonly authorIds: readonly string[];
  readonly itemIds: readonly string[];
}

/**
 * Makes the collections and writes the rows straight into the file while the server is stopped: a
 * million of them in a minute. What the server then counts through its API must be the same.
 */
export async function fillDirectly(server: TinyBase, rows: number): Promise<StallData> {
  for (const name of ['authors', 'items', 'drafts'] as const) {
    await server.createCollection(name, COLLECTIONS[name]);
  }
  const tables = {
    authors: await findTable(server, 'authors'),
    items: await findTable(server, 'items'),
  };
  let data: StallData | undefined;
  await server.whileStopped(() => {
    using db = new Database(join(server.dir, 'tinybase.db'), { readwrite: true });
    data = db.transaction(() => {
      const authorIds = insert(db, tables.authors, AUTHORS, (index) => ({
        name: `Author ${index}`,
      }));
      const itemIds = insert(db, tables.items, rows, (index) => makeItem(index, authorIds));
      return { authorIds, itemIds };
    })();
  });
  const count = await countRecords(server, 'items');
  if (data === undefined || count !== rows)
    throw new Error(`Wrote ${rows} rows, there are ${count}`);
  return data;
}

async function findTable(server: TinyBase, name: CollectionName): Promise<string> {
  const answer = await server.admin.get(`/api/collections/${name}`);
  return tableOf(expectStatus(answer, 200, `TinyBase: ${name}`).id);
}

function insert(
  db: Database,
  table: string,
  count: number,
  makeRow: (index: number) => object,
): readonly string[] {
  const statement = db.query(
    `INSERT INTO ${table} (id, owner_id, data, created_at, updated_at) VALUES (?, NULL, ?, ?, ?)`,
  );
  return Array.from({ length: count }, (_, index) => {
    const id = Bun.randomUUIDv7('hex', FIRST_MS + index);
    const at = new Date(FIRST_MS + index).toISOString();
    statement.run(id, JSON.stringify(makeRow(index)), at, at);
    return id;
  });
}
