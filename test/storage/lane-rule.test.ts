import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Filter, FilterKey, PageRequest } from '../../src/features/records/store.ts';
import { BIG_ROWS, openBigStore } from './big-store.ts';
import { ANN, by } from './contract/harness.ts';

let big: Awaited<ReturnType<typeof openBigStore>>;
beforeAll(async () => {
  big = await openBigStore();
});
/** Nobody asks for their rows, but they must have come before the database is closed. */
const answers: Promise<unknown>[] = [];
afterAll(async () => {
  await Promise.allSettled(answers);
  big[Symbol.dispose]();
});

const field = (name: string) => ({ kind: 'field', name }) as const;
const is = (key: FilterKey, value: string | number | null): Filter => ({
  op: 'equals',
  key,
  value,
});
const above = (name: string, value: number): Filter => ({
  op: 'compare',
  key: field(name),
  relation: '>',
  value,
});
const and = (...filters: Filter[]): Filter => ({ op: 'and', filters });
const all: Filter = { op: 'all' };
const mine: Filter = { op: 'owner', id: ANN };
const newest = by('-created_at');

/** The loop answers at once, a thread later. */
function laneOf(filter: Filter, page: Partial<PageRequest>): 'loop' | 'thread' {
  const { collectionId, reads } = big;
  const answer = reads.list({ collectionId, filter }, { sort: newest, limit: 10, ...page });
  if (!(answer instanceof Promise)) return 'loop';
  answers.push(answer);
  return 'thread';
}

const after = { seq: 50, values: [10] };
const LANES: readonly (readonly [string, Filter, Partial<PageRequest>, 'loop' | 'thread'])[] = [
  ['the newest', all, {}, 'loop'],
  ['the newest, on', all, { after }, 'loop'],
  ['sorted by an indexed field', all, { sort: by('n') }, 'loop'],
  ['sorted by an indexed field, on', all, { sort: by('n'), after }, 'loop'],
  ['sorted by an indexed field downwards, on', all, { sort: by('-n'), after }, 'loop'],
  [
    'sorted by an indexed field, on among nulls',
    all,
    { sort: by('n'), after: { seq: 1, values: [null] } },
    'loop',
  ],
  ['one’s own', mine, {}, 'loop'],
  ['one’s own, on', mine, { after }, 'loop'],
  ['equal by an index', is(field('tens'), 1), {}, 'loop'],
  ['equal by an index, on', is(field('tens'), 1), { after }, 'loop'],
  ['equal to null by an index', is(field('tens'), null), {}, 'loop'],
  ['a range in its own order', above('n', 5), { sort: by('n') }, 'loop'],
  ['a range in its own order, on', above('n', 5), { sort: by('n'), after }, 'loop'],
  ['nothing at all', { op: 'none' }, {}, 'loop'],
  ['an offset that is near', all, { offset: 5_000 }, 'loop'],
  ['an offset that is far', all, { offset: 10_001 }, 'thread'],
  ['a long page', all, { limit: 1_000 }, 'thread'],
  ['a sort without index', all, { sort: by('text') }, 'thread'],
  ['a sort without index behind an indexed one', all, { sort: by('n', 'text') }, 'thread'],
  ['a filter without index', is(field('text'), 'x'), {}, 'thread'],
  [
    'a filter without index in an indexed order',
    is(field('text'), 'x'),
    { sort: by('n') },
    'thread',
  ],
  [
    'a filter without index beside one that has one',
    and(is(field('tens'), 1), is(field('text'), 'x')),
    {},
    'thread',
  ],
  ['two filters with an index each', and(is(field('tens'), 1), above('n', 5)), {}, 'thread'],
  ['a filter without index among one’s own', and(mine, is(field('text'), 'x')), {}, 'thread'],
  ['a sort by another field than the filter', is(field('tens'), 1), { sort: by('n') }, 'thread'],
  ['an open range, the newest', above('n', 5), {}, 'thread'],
  ['two bounds on the same side', and(above('n', 5), above('n', 6)), { sort: by('n') }, 'thread'],
  ['a complement', { op: 'not', filter: is(field('tens'), 1) }, {}, 'thread'],
  ['either of two', { op: 'or', filters: [is(field('tens'), 1), is(field('n'), 1)] }, {}, 'thread'],
  ['a part of a text', { op: 'contains', key: field('text'), text: '1' }, {}, 'thread'],
  ['behind a path', is({ kind: 'path', path: ['place', 'n'] }, 1), {}, 'thread'],
  [
    'an item of a list',
    { op: 'holds', key: { kind: 'path', path: ['tags'] }, value: 1 },
    {},
    'thread',
  ],
  ['by the time of a change', all, { sort: by('-updated_at') }, 'thread'],
  ['by the time of creation', is({ kind: 'system', name: 'created_at' }, 'x'), {}, 'thread'],
];

describe('in a big collection', () => {
  for (const [name, filter, page, lane] of LANES)
    test(`${name}: ${lane}`, () => {
      expect(laneOf(filter, page)).toBe(lane);
    });

  test('counts of a part are made in a thread, the whole is known, reads by id stay', () => {
    const { collectionId, reads } = big;
    const count = reads.count({ collectionId, filter: mine });
    expect(count).toBeInstanceOf(Promise);
    answers.push(Promise.resolve(count));
    expect(reads.count({ collectionId, filter: all })).toBe(BIG_ROWS);
    expect(reads.find({ collectionId, filter: mine }, 'x')).toBeUndefined();
    expect(reads.findMany({ collectionId, filter: mine }, ['x'])).toEqual([]);
  });

  test('both lanes answer the same', async () => {
    const { collectionId, reads } = big;
    const scope = { collectionId, filter: all };
    const short = await reads.list(scope, { sort: by('n'), limit: 100, offset: 300 });
    const long = await reads.list(scope, { sort: by('n'), limit: 700 });
    expect(long.records.slice(300, 400)).toEqual([...short.records]);
    expect(long.next?.values).toEqual([699]);
    const contains: Filter = { op: 'contains', key: field('text'), text: '00599' };
    expect(
      (await reads.list({ ...scope, filter: contains }, { sort: newest, limit: 100 })).records,
    ).toHaveLength(11);
    const folded: Filter = { op: 'not', filter: { op: 'contains', key: field('text'), text: 'ſ' } };
    expect(await reads.count({ ...scope, filter: folded })).toBe(BIG_ROWS);
  });
});

test('long pages do not wait for scans, however many there are', async () => {
  const { collectionId, reads } = big;
  const scope = { collectionId, filter: all };
  const order: string[] = [];
  const scans = Array.from({ length: 60 }, () =>
    Promise.resolve(reads.list(scope, { sort: by('text'), limit: 10 })).then(() =>
      order.push('scan'),
    ),
  );
  await Promise.resolve(reads.list(scope, { sort: newest, limit: 500 })).then(() =>
    order.push('page'),
  );
  const before = order.indexOf('page');
  await Promise.all(scans);
  expect(before).toBeLessThan(60);
});
