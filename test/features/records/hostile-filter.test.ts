import { expect, test } from 'bun:test';
import { SYSTEM } from '../../../src/core/actor.ts';
import { createOpenCollection, openDataApp, refusal } from './data-app.ts';

test.each([
  'meta.a b',
  'meta.',
  'meta..a',
  'meta.a"b',
  "meta.a'--",
  'meta.\0',
  'meta.é',
  'meta.$[0]',
  'raw.#',
])('a path that no filter could say is refused in filter[…] too: %j', async (path) => {
  using app = openDataApp();
  await createOpenCollection(app, 'things', [
    { name: 'meta', type: 'dict' },
    { name: 'raw', type: 'json' },
  ]);
  const { code, faults } = await refusal(() =>
    app.records.list(SYSTEM, 'things', { [`filter[${path}]`]: 'x' }),
  );
  expect(code).toBe('invalid_input');
  expect(faults?.[0]?.loc).toEqual(['query', `filter[${path}]`]);
  expect(faults?.[0]?.msg).toMatch(/^a part of a path has the characters A-Z, a-z, 0-9, _ and -/);
});
