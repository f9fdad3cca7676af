import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ANONYMOUS, SYSTEM } from '../../../src/core/actor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { parseFilter } from '../../../src/features/records/filter/parser.ts';
import { parseFilterQuery } from '../../../src/features/records/list-query.ts';
import { matches } from '../../support/evaluate-filter.ts';
import { arbitraryData, arbitraryFilter } from '../../support/random-filter.ts';
import { contextOf, FIELDS } from './query-context.ts';

const CONTEXT = contextOf(SYSTEM);
const samples = arbitraryFilter(FIELDS);

test('every filter means what it says, however it is spaced, quoted and bracketed', () => {
  fc.assert(
    fc.property(samples, ({ text, filter }) => {
      expect(parseFilter(text, CONTEXT)).toEqual(filter);
    }),
    { numRuns: 2_000 },
  );
});

test('a filter and its opposite share all records between them', () => {
  const records = arbitraryData(FIELDS).map((data) => ({
    id: '0190a8b4-7c1e-7d3a-9f52-1c2d3e4f5a6b',
    owner_id: null,
    created_at: '2024-01-01T00:00:00.000Z',
    updated_at: '2024-02-29T12:30:00.000Z',
    data,
  }));
  let held = 0;
  fc.assert(
    fc.property(samples, records, ({ text }, record) => {
      const does = matches(parseFilter(text, CONTEXT), record);
      expect(matches(parseFilter(`!(${text})`, CONTEXT), record)).toBe(!does);
      if (does) held++;
    }),
    { numRuns: 2_000 },
  );
  expect(held).toBeGreaterThan(200);
});

describe('whatever is asked, the answer is a filter or a refusal', () => {
  const contexts = [contextOf(), contextOf(ANONYMOUS), CONTEXT];
  const pieces = fc.constantFrom(
    ...[
      'title',
      'rating',
      'secret',
      'meta',
      'raw.a',
      'tags',
      'owner_id',
      'created_at',
      'mail',
      'in',
    ],
    ...['=', '!=', '<', '<=', '>', '>=', '~', '!~', '?=', '&&', '||', '!', '(', ')', ',', '.', '-'],
    ..."'x' \"y\" 5 -1.5e3 true null @now @me ' \" \\ \\' & | ? @ = \0".split(' '),
    ...[' ', '\n', '\u00a0', '😀', '\ud800', '__proto__', 'constructor', '/*', '--', ';', '%', '_'],
  );
  const sentences = fc
    .tuple(fc.array(pieces, { maxLength: 30 }), fc.constantFrom('', ' '))
    .map(([words, space]) => words.join(space));
  const mutated = fc
    .tuple(
      samples,
      fc.nat(),
      fc.nat(3),
      fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 2 })),
    )
    .map(([{ text }, at, length, piece]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + piece + text.slice(start + length);
    });
  const bytes = fc
    .uint8Array({ maxLength: 60 })
    .map((octets) => Buffer.from(octets).toString('latin1'));

  function tryAll(text: string): void {
    for (const context of contexts)
      for (const query of [
        { filter: text },
        { [`filter[${text}]`]: 'x' },
        { 'filter[raw.a]': text },
      ])
        try {
          expect(parseFilterQuery(query, context).op).toBeString();
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(['invalid_input', 'forbidden']).toContain(error.code);
          for (const { loc, msg } of error.faults ?? []) {
            expect(loc[0]).toBe('query');
            expect(msg.length).toBeLessThan(500);
          }
        }
  }

  test.each([
    ['random bytes', bytes],
    ['random Unicode', fc.string({ unit: 'binary', maxLength: 60 })],
    ['words of the language in any order', sentences],
    ['good filters with a part replaced', mutated],
  ])('%s', (_name, texts) => {
    fc.assert(fc.property(texts, tryAll), { numRuns: 3_000 });
  });
});
