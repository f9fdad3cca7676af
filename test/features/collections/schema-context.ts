import type { SchemaContext } from '../../../src/features/collections/definition.ts';

/** The moment at which definitions and records of these tests are checked. */
export const NOW_TEXT = '2024-02-29T12:30:15.250Z';
const COLLECTIONS = ['users', 'things', 'people'];

export const CONTEXT: SchemaContext = {
  clock: { now: () => Date.parse(NOW_TEXT) },
  hasCollection: (name) => COLLECTIONS.includes(name),
};
