import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseDbRequest } from '../../src/protocol/db.ts';

const base = { as_caller: false, collection: 'posts' };

describe('a database request of a function', () => {
  test.each([
    { ...base, op: 'list', query: { limit: 5, sort: '-a' } },
    { ...base, op: 'list', query: { filter: 'a = 1', cursor: 'c', fields: 'a,b', count: 'false' } },
    { ...base, op: 'count', query: {} },
    { ...base, op: 'count', query: { filter: 'a = 1' } },
    { ...base, op: 'get', id: 'x', query: { expand: 'author' } },
    { ...base, op: 'create', data: { a: 1 }, id: null },
    { ...base, op: 'create', data: {}, id: 'x', owner_id: null },
    { ...base, op: 'update', id: 'x', data: {} },
    { ...base, op: 'delete', id: 'x' },
  ])('is read as it is: $op', (request) => {
    expect(parseDbRequest({ ...request, extra: 1 }) as unknown).toEqual(request);
  });

  test('a batch names no collection of its own', () => {
    const request = { as_caller: true, op: 'batch', requests: [{ method: 'POST' }] };
    expect(parseDbRequest(request) as unknown).toEqual(request);
  });

  test.each([
    ['a batch that is no list', { as_caller: true, op: 'batch', requests: {} }, 'batch() wants'],
    ['an unknown key of count', { ...base, op: 'count', query: { sort: 'a' } }, 'count() does not'],
    ['an inherited key', { ...base, op: 'get', id: 'x', query: { constructor: 'a' } }, 'not know'],
    ['an unknown operation', { ...base, op: 'drop' }, 'no database operation drop'],
    ['no collection', { op: 'count', as_caller: true }, 'name of a collection'],
    ['no id', { ...base, op: 'get' }, 'get() wants an id'],
    ['a list as data', { ...base, op: 'update', id: 'x', data: [] }, 'update() wants an object'],
    ['an unknown key', { ...base, op: 'list', query: { limt: 1 } }, 'does not know limt'],
    ['a wrong type', { ...base, op: 'list', query: { limit: '1' } }, 'limit to be a number'],
    ['an owner that is none', { ...base, op: 'create', data: {}, id: null, owner_id: 1 }, 'owner'],
  ])('is refused with a sentence: %s', (_name, request, words) => {
    expect(parseDbRequest(request)).toContain(words);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => typeof parseDbRequest(value) !== 'undefined'));
  });
});
