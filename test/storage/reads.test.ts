import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Filter, Position, SortTerm, StoredRecord } from '../../src/features/records/store.ts';
import { tableOf } from '../../src/storage/sqlite/record-table.ts';
import { thrownBy } from '../features/records/data-app.ts';
import { compareTexts, type Filterable, matches } from '../support/evaluate-filter.ts';
import { ANN, BOB, by, collectionOf, openTable } from './contract/harness.ts';
import { openStore } from './open-store.ts';

const FIELDS = [
  { name: 'n', type: 'integer', index: true },
  { name: 't', type: 'string', index: true },
  { name: 'f', type: 'float' },
  { name: 'b', type: 'boolean', index: true },
] as const;
const NAMES = ['n', 't', 'f', 'b', 'id', 'owner_id', 'created_at', 'updated_at'];

interface Row {
  readonly owner: string | null;
  readonly at: string;
  readonly data: { n?: number; t?: string; f?: number; b?: boolean };
}

/** Few values, so that ties and nulls are everywhere. */
const row: fc.Arbitrary<Row> = fc.record({
  owner: fc.constantFrom(null, ANN, BOB),
  at: fc.constantFrom('2030-01-01T00:00:00.000Z', '2030-01-02T00:00:00.000Z'),
  data: fc.record(
    {
      n: fc.constantFrom(-1, 0, 1, Number.MAX_SAFE_INTEGER),
      t: fc.constantFrom('', 'a', 'b\0', '\uFFFD', '😀'),
      f: fc.constantFrom(-0.5, 0, 1e308, 5e-324),
      b: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
});
const sorts = fc
  .array(
    fc
      .tuple(fc.constantFrom(...NAMES), fc.boolean())
      .map(([name, isDown]) => (isDown ? `-${name}` : name)),
    { minLength: 1, maxLength: 4 },
  )
  .map((names) => by(...names));

const field = (name: string) => ({ kind: 'field', name }) as const;
const filters = fc.oneof(
  fc.constant<Filter>({ op: 'all' }),
  fc.constantFrom<Filter>(
    { op: 'owner', id: ANN },
    { op: 'equals', key: field('n'), value: 0 },
    { op: 'equals', key: field('t'), value: null },
    { op: 'equals', key: field('b'), value: true },
    { op: 'in', key: field('n'), values: [-1, 1] },
    { op: 'contains', key: field('t'), text: 'a' },
    { op: 'not', filter: { op: 'equals', key: field('n'), value: 0 } },
  ),
  fc
    .record({
      field: fc.constantFrom(
        ...([
          ['n', 0],
          ['n', 1],
          ['t', 'a'],
          ['t', '\uFFFD'],
          ['f', 0],
        ] as const),
      ),
      relation: fc.constantFrom('<', '<=', '>', '>='),
      and: fc.constantFrom<Filter>({ op: 'all' }, { op: 'owner', id: BOB }),
    })
    .map(
      ({ field: [name, value], relation, and }): Filter => ({
        op: 'and',
        filters: [
          and,
          { op: 'and', filters: [{ op: 'compare', key: field(name), relation, value }] },
        ],
      }),
    ),
);

/** Rows with their place in the order of creation. */
type Kept = Filterable & { readonly seq: number };

async function openRows() {
  const harness = openStore();
  const collection = collectionOf('things', FIELDS);
  await harness.collections.insert(collection);
  const table = tableOf(collection.id);
  const insert = harness.db.prepare<{ seq: number }, (string | null)[]>(
    `INSERT INTO ${table} (id, owner_id, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?) RETURNING seq`,
  );
  const remove = harness.db.prepare(`DELETE FROM ${table} WHERE seq = ?`);
  return {
    collectionId: collection.id,
    records: harness.records,
    add({ owner, at, data }: Row, id = crypto.randomUUID()): Kept {
      const created_at = '2030-01-01T00:00:00.000Z';
      const { seq } = insert.get(id, owner, JSON.stringify(data), created_at, at) ?? { seq: 0 };
      return { id, owner_id: owner, created_at, updated_at: at, data, seq };
    },
    remove: ({ seq }: Kept) => remove.run(seq),
    [Symbol.dispose]: harness[Symbol.dispose],
  };
}
type Rows = Awaited<ReturnType<typeof openRows>>;

/** What the contract says about order, in plain words. */
function inOrder(kept: readonly Kept[], sort: readonly SortTerm[]): readonly Kept[] {
  return kept.toSorted((one, other) => {
    for (const { key, isDescending } of sort) {
      const [a, b] = [one, other].map((each) => {
        if (key.kind === 'field') return each.data[key.name] ?? null;
        return key.name === 'created_at' ? each.seq : each[key.name];
      });
      if (a === b) continue;
      if (a === null || a === undefined) return 1;
      if (b === null || b === undefined) return -1;
      const order = typeof a === 'string' ? compareTexts(a, String(b)) : Number(a) - Number(b);
      return isDescending ? -order : order;
    }
    return (one.seq - other.seq) * (sort[0]?.isDescending ? -1 : 1);
  });
}

async function walk(
  { records, collectionId }: Rows,
  filter: Filter,
  sort: readonly SortTerm[],
  limits: readonly number[],
  between: (page: readonly StoredRecord[]) => void = () => {},
): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: Position | undefined;
  for (let page = 0; ; page++) {
    const limit = limits[page % limits.length] ?? 1;
    const found = await records.list(
      { collectionId, filter },
      { sort, limit, ...(after && { after }) },
    );
    ids.push(...found.records.map(({ id }) => id));
    if (!found.next) return ids;
    // A position goes through a cursor's text on its way.
    after = JSON.parse(JSON.stringify(found.next)) as Position;
    expect(found.records).toHaveLength(limit);
    expect(after.values).toHaveLength(sort.length);
    between(found.records);
  }
}

const limits = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

test('page by page, a list comes whole, once and in order, whatever it is sorted and filtered by', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 30 }),
      fc.array(fc.record({ filter: filters, sort: sorts, limits }), {
        minLength: 10,
        maxLength: 10,
      }),
      async (rows, lists) => {
        using table = await openRows();
        const kept = rows.map((each) => table.add(each));
        for (const { filter, sort, limits } of lists) {
          const wanted = inOrder(
            kept.filter((each) => matches(filter, each)),
            sort,
          );
          expect(await walk(table, filter, sort, limits)).toEqual(wanted.map(({ id }) => id));
          const whole = { sort, limit: 3, offset: 2 };
          const page = await table.records.list(
            { collectionId: table.collectionId, filter },
            whole,
          );
          expect(page.records.map(({ id }) => id)).toEqual(wanted.slice(2, 5).map(({ id }) => id));
        }
      },
    ),
    { numRuns: 150 },
  );
}, 600_000);

test('rows that are there throughout come exactly once, although others come and go between pages', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(row, fc.boolean()), { maxLength: 30 }),
      fc.array(row, { minLength: 1, maxLength: 10 }),
      filters,
      sorts,
      limits,
      async (rows, more, filter, sort, limits) => {
        using table = await openRows();
        const kept = rows.map(([each, stays]) => ({ ...table.add(each), stays }));
        const leaving = kept.filter(({ stays }) => !stays);
        const arriving = [...more];
        const ids = await walk(table, filter, sort, limits, () => {
          const gone = leaving.pop();
          if (gone) table.remove(gone);
          const next = arriving.pop();
          if (next) table.add(next);
        });
        expect(new Set(ids).size).toBe(ids.length);
        const staying = kept.filter((each) => each.stays && matches(filter, each));
        const stayed = new Set(staying.map(({ id }) => id));
        expect(ids.filter((id) => stayed.has(id))).toEqual(
          inOrder(staying, sort).map(({ id }) => id),
        );
      },
    ),
    { numRuns: 300 },
  );
}, 600_000);

/** What a cursor made for the row would say. */
function positionAt({ seq, ...row }: Kept, sort: readonly SortTerm[]): Position {
  const values = sort.map(({ key }) => {
    const value = key.kind === 'field' ? row.data[key.name] : row[key.name];
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  });
  return { seq, values };
}

describe('a position that somebody made up, or took from another list', () => {
  const value = fc.oneof(
    fc.constantFrom(null, -2, 0, 2, '', 'a', 'z'),
    fc.string(),
    fc.double({ noNaN: true }),
  );
  const madeUp = fc.record({
    values: fc.array(value, { minLength: 4, maxLength: 4 }),
    seq: fc.integer({ min: -1, max: 30 }),
  });

  test('shows nothing that the filter leaves out, wherever it points', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 10, maxLength: 20 }),
        fc.array(fc.record({ filter: filters, sort: sorts, position: madeUp }), {
          minLength: 10,
          maxLength: 10,
        }),
        async (rows, tries) => {
          using table = await openRows();
          const kept = rows.map((each) => table.add(each));
          for (const { filter, sort, position } of tries) {
            const allowed = kept.filter((each) => matches(filter, each)).map(({ id }) => id);
            const positions = [
              { ...position, values: position.values.slice(0, sort.length) },
              ...kept.map((each) => positionAt(each, sort)),
            ];
            for (const after of positions) {
              const { records } = await table.records.list(
                { collectionId: table.collectionId, filter },
                { sort, limit: 100, after },
              );
              for (const { id } of records) expect(allowed).toContain(id);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  }, 600_000);
});

describe('several at once by id', () => {
  test('those within the scope are found, once each, however many and in whatever order', async () => {
    using harness = openStore();
    const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
    const mine = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => table.add({ n }, { ownerId: ANN })),
    );
    const other = await table.add({ n: -1 }, { ownerId: BOB });
    const ids = mine.map(({ id }) => id).toReversed();
    const found = harness.records.findMany(table.of(ANN), [...ids, other.id, ids[0] ?? '', 'x']);
    expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      mine.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    expect(harness.records.findMany(table.all, [])).toEqual([]);
    const filter: Filter = { op: 'compare', key: field('n'), relation: '<', value: 3 };
    expect(harness.records.findMany({ ...table.all, filter }, ids)).toHaveLength(3);
  });
});

test('what is answered has the parts of a record and no others', async () => {
  using harness = openStore();
  const table = await openTable(harness, FIELDS);
  const record = await table.add({ n: 1, t: 'a' }, { ownerId: ANN });
  for (const sort of [by('n', 't'), by('created_at'), by('-updated_at', 'id')])
    expect(await table.list(table.all, sort)).toEqual([record]);
});

test('a read of a field that is gone meanwhile is 503 with the time to come back, no inner error', async () => {
  using harness = openStore();
  const table = await openTable(harness, [{ name: 'n', type: 'integer' }]);
  await table.add({ n: 1 });
  const error = await thrownBy(() => table.list(table.all, by('gone')));
  expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
});
