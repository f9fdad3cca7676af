import { describe, expect, test } from 'bun:test';
import type { Filter } from '../../src/features/records/store.ts';
import { createHints, type Hint } from '../../src/storage/sqlite/hints.ts';
import { settableClock } from '../features/records/data-app.ts';
import { openBigStore } from './big-store.ts';
import { by } from './contract/harness.ts';

const field = (name: string) => ({ kind: 'field', name }) as const;
const is = (name: string, value: string | number): Filter => ({
  op: 'equals',
  key: field(name),
  value,
});

describe('a list in a big collection that no index serves', () => {
  test('is told of once, with the fields that an index would be over, and counted', async () => {
    using big = await openBigStore();
    const { collectionId, reads, hinted, hints, clock } = big;
    const ask = (filter: Filter, ...sort: string[]) =>
      reads.list({ collectionId, filter }, { sort: by(...sort), limit: 1 });
    await ask(is('text', 'a'), '-created_at');
    clock.ms += 1_000;
    await ask(is('text', 'b'), '-created_at');
    await ask({ op: 'all' }, 'text');
    await ask(is('tens', 1), '-text');
    await ask({ op: 'equals', key: { kind: 'path', path: ['place', 'n'] }, value: 1 }, 'id');
    const last_at = new Date(clock.ms).toISOString();
    expect(hints.list().toReversed()).toEqual([
      { collection_id: collectionId, fields: ['text'], kind: 'filter', count: 2, last_at },
      { collection_id: collectionId, fields: ['text'], kind: 'sort', count: 1, last_at },
      { collection_id: collectionId, fields: ['tens', 'text'], kind: 'sort', count: 1, last_at },
      { collection_id: collectionId, fields: ['place.n'], kind: 'filter', count: 1, last_at },
    ]);
    expect(hinted.map(({ fields }) => fields)).toEqual([
      ['text'],
      ['text'],
      ['tens', 'text'],
      ['place.n'],
    ]);
  });

  test('is not told of where an index serves it, or none could', async () => {
    using big = await openBigStore();
    const { collectionId, reads, hinted } = big;
    const ask = (filter: Filter, sort: string) =>
      reads.list({ collectionId, filter }, { sort: by(sort), limit: 1 });
    await ask(is('tens', 1), '-created_at');
    await ask({ op: 'all' }, 'n');
    await ask({ op: 'contains', key: field('text'), text: 'x' }, 'id');
    await ask({ op: 'not', filter: is('text', 'x') }, 'id');
    await ask({ op: 'all' }, '-updated_at');
    expect(hinted).toEqual([]);
  });
});

test('of more kinds than two hundred, those that were asked for last are remembered', () => {
  const told: Hint[] = [];
  const hints = createHints({ clock: settableClock(), onHint: (hint) => told.push(hint) });
  const note = (n: number) =>
    hints.note({ collectionId: 'c', filter: is(`f${n}`, 1) }, by('id'), 'filter');
  for (let n = 0; n < 250; n++) note(n);
  expect(hints.list()).toHaveLength(200);
  expect(hints.list()[0]?.fields).toEqual(['f249']);
  note(249);
  expect(told).toHaveLength(250);
});
