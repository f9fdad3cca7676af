import { expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import { describeIndexHint } from '../../../src/features/collections/index-hint.ts';
import { createOpenCollection, openDataApp } from '../records/data-app.ts';

test('says which index would help, and nothing where that is there already', async () => {
  const app = openDataApp();
  await createOpenCollection(app, 'books', [
    { name: 'title', type: 'string' },
    { name: 'year', type: 'integer', index: true },
    { name: 'writer', type: 'reference', collection: 'users' },
    { name: 'place', type: 'dict' },
  ]);
  const { options } = app.collections.get({ kind: 'system' }, 'books');
  const indexes = [{ fields: ['title', 'year'], unique: false }];
  await app.collections.update(SYSTEM, 'books', { options: { ...options, indexes } }, false);
  const live = app.collections.find('books');
  if (!live) throw new Error('books is gone');
  const hint = (...fields: string[]) => describeIndexHint(live, { fields, kind: 'filter' });

  expect(hint('place.city')).toBe(
    'books is filtered by place.city without an index. No index can be made inside a field: make place.city a field of its own, with "index": true.',
  );
  expect(hint('year', 'title')).toBe(
    'books is filtered by year, title without an index. Add {"fields": ["year","title"]} to options.indexes.',
  );
  expect(describeIndexHint(live, { fields: ['year', 'writer'], kind: 'sort' })).toStartWith(
    'books is sorted by year, writer without',
  );
  for (const known of [['year'], ['writer'], ['title'], ['title', 'year']])
    expect(hint(...known)).toBeUndefined();
  app.close();
});
