import { type Actor, SYSTEM } from '../../../src/core/actor.ts';
import { AppError, type Fault } from '../../../src/core/errors.ts';
import { compileSchema } from '../../../src/features/collections/compile.ts';
import type { NamedField } from '../../../src/features/collections/schema.ts';
import { DEFAULT_ACCESS } from '../../../src/features/collections/schema.ts';
import type { QueryContext } from '../../../src/features/records/list-query.ts';

export const NOW = Date.parse('2025-06-15T12:34:56.789Z');
export const USER: Actor = {
  kind: 'user',
  id: '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b',
  email: 'ann@example.com',
  tokenId: 'x',
};

/** One field of every type, and dicts of every kind. */
export const FIELDS: readonly NamedField[] = [
  { name: 'title', type: 'string', max_length: 5, enum: ['a', 'b'] },
  { name: 'rating', type: 'integer', min: 1, max: 5 },
  { name: 'price', type: 'float' },
  { name: 'seen', type: 'boolean' },
  { name: 'day', type: 'date' },
  { name: 'moment', type: 'datetime', min: '2024-01-01T00:00:00Z' },
  { name: 'mail', type: 'email' },
  { name: 'link', type: 'url' },
  { name: 'token', type: 'uuid' },
  { name: 'author', type: 'reference', collection: 'users' },
  { name: 'tags', type: 'list', items: { type: 'string' } },
  { name: 'days', type: 'list', items: { type: 'datetime', nullable: true } },
  { name: 'things', type: 'list' },
  { name: 'groups', type: 'list', items: { type: 'list' } },
  { name: 'meta', type: 'dict' },
  { name: 'raw', type: 'json' },
  {
    name: 'address',
    type: 'dict',
    properties: [
      { name: 'city', type: 'string' },
      { name: 'zip', type: 'integer' },
      { name: 'since', type: 'date' },
      { name: 'lines', type: 'list', items: { type: 'string' } },
      { name: 'geo', type: 'dict', properties: [{ name: 'lat', type: 'float' }] },
      { name: 'free', type: 'json' },
    ],
  },
  {
    name: 'mixed',
    type: 'dict',
    additional: true,
    properties: [{ name: 'n', type: 'integer' }],
  },
  { name: 'secret', type: 'string', read: 'admin' },
];

/** By whom and of what, without a database. `secret` may not be read by users. */
export function contextOf(
  actor: Actor = USER,
  fields: readonly NamedField[] = FIELDS,
): QueryContext {
  return {
    live: {
      collection: {
        id: '0190a8b4-0000-7000-8000-000000000001',
        name: 'films',
        label: 'Films',
        schema: { fields },
        options: { access: DEFAULT_ACCESS },
        created_at: '2024-01-01T00:00:00.000Z',
        updated_at: '2024-01-01T00:00:00.000Z',
      },
      compiled: compileSchema(fields, { now: () => NOW }),
    },
    actor,
    now: NOW,
    mayRead: (field) => actor === SYSTEM || field !== 'secret',
  };
}

/** What a parser threw; fails when it did not, or threw anything but an AppError. */
export function refusalOf(parse: () => unknown): AppError {
  try {
    parse();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The faults of input that was refused. */
export function faultsOf(parse: () => unknown): readonly Fault[] {
  const { code, faults } = refusalOf(parse);
  if (code !== 'invalid_input' || !faults) throw new Error(`refused as ${code}`);
  return faults;
}
