import { describe, expect, test } from 'bun:test';
import type { Fault } from '../../../src/core/errors.ts';
import { compileDefault, compileSchema } from '../../../src/features/collections/compile.ts';
import { parseSchema } from '../../../src/features/collections/definition.ts';
import type { LooseField } from '../records/data-app.ts';
import { CONTEXT, NOW_TEXT } from './schema-context.ts';

function parse(...fields: readonly LooseField[]) {
  const faults: Fault[] = [];
  const { schema } = parseSchema({ fields }, [], faults, CONTEXT);
  return { fields: schema.fields, faults: faults.map(({ loc }) => loc.join('.')) };
}

/** A schema at a clock that a test can set, which counts how often it was read. */
function compileAt(text: string, ...fields: readonly LooseField[]) {
  let ms = Date.parse(text);
  let reads = 0;
  const now = () => {
    reads++;
    return ms++;
  };
  const compiled = compileSchema(parse(...fields).fields, { now });
  const set = (next: string) => {
    ms = Date.parse(next);
  };
  return { ...compiled, set, reads: () => reads };
}

const made = { name: 'made', type: 'datetime', default: 'now' };
const day = { name: 'day', type: 'date', default: 'now' };

describe('a default "now"', () => {
  test('stays "now" in the definition', () => {
    expect(parse(made, day).fields).toEqual([made, day] as never);
  });

  test('is the time of each create, in UTC, and today for a date', () => {
    const { parseNew, set } = compileAt('2024-02-29T23:59:59.998Z', made, day);
    expect(parseNew({}, [], [])).toEqual({ made: '2024-02-29T23:59:59.998Z', day: '2024-02-29' });
    set('2031-01-01T00:00:00Z');
    expect(parseNew({}, [], [])).toEqual({ made: '2031-01-01T00:00:00.000Z', day: '2031-01-01' });
  });

  test('is the same moment everywhere in a record', () => {
    const inner = { name: 'log', type: 'dict', properties: [made, day], default: {} };
    const { parseNew, reads } = compileAt(NOW_TEXT, made, { ...made, name: 'b' }, inner);
    const data = parseNew({}, [], []);
    expect(data).toEqual({
      made: NOW_TEXT,
      b: NOW_TEXT,
      log: { made: NOW_TEXT, day: NOW_TEXT.slice(0, 10) },
    });
    expect(reads()).toBe(1);
  });

  test('inside a default that holds others is the time of the create, not of the start', () => {
    const entries = {
      name: 'entries',
      type: 'list',
      items: { type: 'dict', properties: [made] },
      default: [{}],
    };
    const { parseNew, set } = compileAt(NOW_TEXT, entries);
    set('2031-01-01T00:00:00Z');
    expect(parseNew({}, [], [])).toEqual({ entries: [{ made: '2031-01-01T00:00:00.000Z' }] });
  });

  test('fills no change and no stored record', () => {
    const { parsePatch, parseWhole } = compileAt(NOW_TEXT, made);
    expect(parsePatch({}, [], [])).toEqual({});
    expect(parseWhole({}, [], [])).toEqual({});
  });

  test('is no value that a client could send', () => {
    const faults: Fault[] = [];
    compileAt(NOW_TEXT, made).parseNew({ made: 'now' }, ['body'], faults);
    expect(faults).toMatchObject([{ loc: ['body', 'made'], type: 'datetime_parsing' }]);
  });

  test('is a plain text for other types', () => {
    const [field] = parse({ name: 'a', type: 'string', default: 'now' }).fields;
    expect(field && compileDefault(field, CONTEXT.clock)?.()).toBe('now');
  });

  test('fills stored rows with one moment for all of them', () => {
    const [field] = parse(made).fields;
    expect(field && compileDefault(field, CONTEXT.clock)?.()).toBe(NOW_TEXT);
  });

  test('is refused beside max, which the time would pass one day', () => {
    expect(parse({ ...made, max: '9000-01-01T00:00:00Z' }).faults).toEqual(['fields.0.default']);
    expect(parse({ ...day, max: '2024-03-01' }).faults).toEqual(['fields.0.default']);
  });

  test('is refused before min, and fine behind it', () => {
    expect(parse({ ...made, min: '2024-02-29T12:30:15.251Z' }).faults).toEqual([
      'fields.0.default',
    ]);
    expect(parse({ ...made, min: NOW_TEXT }, { ...day, min: '2024-02-29' }).faults).toEqual([]);
    expect(parse({ ...day, min: '2024-03-01' }).faults).toEqual(['fields.0.default']);
  });

  test('is told in words by documents, since it is no value of the format', () => {
    const { createSchema } = compileAt(NOW_TEXT, made);
    expect(createSchema.properties).toMatchObject({
      made: { anyOf: [{ description: expect.stringContaining('time of creation') }, {}] },
    });
    expect(JSON.stringify(createSchema)).not.toContain('"now"');
  });
});
