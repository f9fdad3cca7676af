// Whatever the filter builder offers, the server takes, and it finds by it what the words promise.
import { afterAll, describe, expect, test } from 'bun:test';
import type { Field, Json } from '../../admin/src/api/types.ts';
import {
  conditionOn,
  operandFor,
  operandsOf,
  operatorsFor,
  withOperator,
} from '../../admin/src/views/collections/records/filter/operators.ts';
import { readRows } from '../../admin/src/views/collections/records/filter/read-rows.ts';
import {
  type FilterValue,
  type Operator,
  writeRows,
} from '../../admin/src/views/collections/records/filter/rows.ts';
import { SYSTEM } from '../../src/core/actor.ts';
import { createOpenCollection, openDataApp, settableClock } from '../features/records/data-app.ts';

const clock = settableClock();
const app = openDataApp({ clock });
await createOpenCollection(app, 'others', [{ name: 'title', type: 'string' }]);
const { id: one } = (await app.records.create(SYSTEM, 'others', {})).record;
const { id: two } = (await app.records.create(SYSTEM, 'others', {})).record;
afterAll(() => app.close());

/** Every type, and with each the value of the first record and a greater one of the second. */
const TYPES = {
  string: ['it\'s \\ "a" 漢字 <b>%_', 'z'],
  email: ['ada@example.com', 'zoe@example.com'],
  url: ["https://example.com/a?b='c'", 'https://example.com/z'],
  integer: [-3, 12],
  float: [-1.5e-7, 1e21],
  boolean: [false, true],
  date: ['2024-02-29', '2025-01-01'],
  datetime: ['2024-02-29T12:00:00.000Z', '2025-01-01T00:00:00.000Z'],
  uuid: [one, two],
  reference: [one, two],
} satisfies Record<string, readonly [Json, Json]>;
type Scalar = keyof typeof TYPES;
const NAMES = Object.keys(TYPES) as Scalar[];
/** A reference is a field of the record itself. */
const INNER = NAMES.filter((type) => type !== 'reference');

const field = (name: string, rest: Omit<Field, 'name'>): Field => ({ name, ...rest });
const FIELDS: readonly Field[] = [
  ...NAMES.map((type) =>
    field(`a_${type}`, type === 'reference' ? { type, collection: 'others' } : { type }),
  ),
  field('choice', { type: 'string', enum: ["it's", 'z'] }),
  field('amount', { type: 'integer', enum: [1, 2] }),
  ...INNER.map((type) => field(`many_${type}`, { type: 'list', items: { type } })),
  field('free', { type: 'list' }),
  field('whole', { type: 'dict', properties: INNER.map((type) => field(type, { type })) }),
  field('open', { type: 'dict', additional: true }),
  field('raw', { type: 'json' }),
];

const ANY = { key: 'word', list: ['word'] };

function dataOf(at: 0 | 1): Record<string, Json> {
  return Object.fromEntries([
    ...NAMES.map((type) => [`a_${type}`, TYPES[type][at]]),
    ['choice', at === 0 ? "it's" : 'z'],
    ['amount', at + 1],
    ...INNER.map((type) => [`many_${type}`, [TYPES[type][at]]]),
    ['free', [at === 0 ? 'word' : 'z', 5]],
    ['whole', Object.fromEntries(INNER.map((type) => [type, TYPES[type][at]]))],
    ...['open', 'raw'].map((name) => [name, at === 0 ? ANY : { key: 'z', list: ['z'] }] as const),
  ]);
}

await createOpenCollection(app, 'things', FIELDS);
const made: Readonly<Record<string, unknown>>[] = [];
for (const [data, ownerId] of [[dataOf(0), one], [dataOf(1), two], [{}]] as const) {
  const options = ownerId === undefined ? {} : { ownerId };
  made.push({ ...(await app.records.create(SYSTEM, 'things', data, options)).record });
  clock.ms += 1000;
}

async function found(filter: string): Promise<readonly boolean[]> {
  const page = JSON.parse(await app.records.list(SYSTEM, 'things', { filter }));
  const ids = new Set(page.items.map(({ id }: { id: string }) => id));
  return made.map(({ id }) => ids.has(id));
}

/** What the first record holds there: what a person would ask for. */
function firstValue(name: string, operator: Operator): Json {
  const [field = '', key] = name.split('.');
  const whole = (made[0]?.[field] ?? dataOf(0)[field]) as Json;
  const stored = key === undefined ? whole : (whole as Record<string, Json>)[key];
  return (operator === '?=' && Array.isArray(stored) ? stored[0] : stored) ?? null;
}

function valuesFor(name: string, operator: Operator): readonly (FilterValue | undefined)[] {
  const value = firstValue(name, operator) as FilterValue;
  if (operator === 'null' || operator === 'not null') return [];
  if (operator === 'last') return [36_500, 'days'];
  return operator === 'between' ? [value, value] : [value];
}

/** Whether the first, the second and the one without a value are found; undefined: either. */
const PROMISED: Readonly<Record<Operator, readonly (boolean | undefined)[]>> = {
  '=': [true, false, false],
  '!=': [false, true, undefined],
  '<': [false, false, false],
  '<=': [true, false, false],
  '>': [false, true, false],
  '>=': [true, true, false],
  '~': [true, false, false],
  '!~': [false, true, undefined],
  '?=': [true, false, false],
  in: [true, false, false],
  between: [true, false, false],
  last: [true, true, false],
  null: [false, false, true],
  'not null': [true, true, false],
};

const operands = [
  ...operandsOf(FIELDS),
  ...['open.key', 'raw.key'].flatMap((name) => operandFor(name, FIELDS) ?? []),
];
/** They have no value that is null, and only the time of a record differs from that of the next. */
const isSystem = (name: string) => name !== 'owner_id' && made[2]?.[name] !== undefined;

describe.each(operands.map((operand) => [operand.name, operand] as const))(
  '%s',
  (name, operand) => {
    const operators = operatorsFor(operand).filter(
      // A whole JSON value of any kind has nothing to be asked for in a list of its own.
      (operator) => operator !== '?=' || name !== 'raw',
    );
    test.each([...operators])('%s', async (operator) => {
      const asked = !operand.rules && operator === '?=' ? name.replace('key', 'list') : name;
      const start = withOperator(conditionOn(operand), operator, operand);
      const condition = { ...start, name: asked, values: valuesFor(asked, operator) };
      const text = writeRows({ join: 'and', rows: [condition] });
      expect(readRows(text)?.rows).toHaveLength(1);
      const results = await found(text);
      for (const [at, each] of PROMISED[operator].entries()) {
        const isEither = each === undefined || (at === 2 && isSystem(name));
        if (!isEither) expect([text, at, results[at]]).toEqual([text, at, each]);
      }
    });
  },
);
