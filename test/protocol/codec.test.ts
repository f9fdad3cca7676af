import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseToServer } from '../../src/protocol/codec.ts';
import type { ToServer } from '../../src/protocol/messages.ts';

const failure = {
  status: 'failed',
  error_type: 'Error',
  message: 'broken',
  stack: null,
  http_status: 409,
  data: null,
} as const;

const GOOD: readonly ToServer[] = [
  { kind: 'started', id: 1 },
  { kind: 'claim', id: 1 },
  { kind: 'line', id: 1, level: 'info', text: 'hello' },
  { kind: 'done', id: 1, outcome: { status: 'succeeded', json: '{}' } },
  { kind: 'done', id: 1, outcome: failure },
  {
    kind: 'done',
    id: 1,
    outcome: { status: 'answered', http_status: 201, headers: [['x-a', 'b']], body: 'made' },
  },
  {
    kind: 'done',
    id: 1,
    outcome: {
      status: 'invalid_input',
      faults: [{ loc: ['body', 'a', 0], msg: 'm', type: 't' }],
    },
  },
  { kind: 'ask', id: 1, ask: 2, name: 'db', body: '{}' },
  { kind: 'pong', n: 4 },
  { kind: 'loading', file: '/a.ts' },
  { kind: 'exiting', id: null, place: { file: '/a.ts', line: 2, column: null } },
  {
    kind: 'loaded',
    version: 1,
    errors: [{ file: '/b.ts', line: 1, column: null, message: 'm' }],
    functions: [
      {
        name: 'a',
        description: null,
        auth: 'auth',
        tags: ['x'],
        timeout_seconds: 5,
        input_schema: { type: 'object' },
        output_schema: null,
        raw_body: false,
        file: '/a.ts',
      },
    ],
  },
];

describe('messages of a worker', () => {
  test.each(GOOD.map((message) => [message.kind, message] as const))(
    'a good one (%s) is read as it is, without what does not belong to it',
    (_kind, message) => {
      expect(parseToServer({ ...message, extra: 1 })).toEqual(message);
    },
  );

  test('any other value is none, and never throws', () => {
    const kinds = fc.constantFrom(...GOOD.map(({ kind }) => kind), 'unknown');
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ kind: kinds, id: fc.anything(), outcome: fc.anything(), n: fc.anything() }),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const message = parseToServer(value);
        expect(message === undefined || typeof message.kind === 'string').toBe(true);
      }),
    );
  });

  test('one with a part of the wrong type is none', () => {
    for (const message of GOOD)
      for (const key of Object.keys(message)) {
        // null is good in `exiting`, and what is unknown means the same there.
        if (message.kind === 'exiting' && key !== 'kind') continue;
        expect(parseToServer({ ...message, [key]: Symbol.iterator })).toBeUndefined();
      }
  });

  test('a status that no error may have is refused', () => {
    for (const http_status of [200, 399, 600, 404.5, '404'])
      expect(
        parseToServer({ kind: 'done', id: 1, outcome: { ...failure, http_status } }),
      ).toBeUndefined();
  });

  test.each([
    ['a status of no answer', { http_status: 101 }],
    ['a broken status', { http_status: 200.5 }],
    ['a line break in a header', { headers: [['x-a', 'b\r\nset-cookie: c=d']] }],
    ['a session of its own', { headers: [['Set-Cookie', 'tb_session=x']] }],
    ['a length of its own', { headers: [['content-length', '0']] }],
    ['headers that are no pairs', { headers: [['x-a']] }],
    ['no headers', { headers: null }],
    ['a body that is an object', { body: {} }],
    ['a body where none can be', { http_status: 204 }],
  ])('a worker cannot have the server send %s', (_name, change) => {
    const good = { status: 'answered', http_status: 200, headers: [], body: 'x' };
    const done = { kind: 'done', id: 1 };
    expect(parseToServer({ ...done, outcome: good })).toMatchObject({ outcome: good });
    expect(parseToServer({ ...done, outcome: { ...good, ...change } })).toBeUndefined();
  });

  test.each([
    ['a path', { name: '../../etc/passwd' }],
    ['a word that the API uses', { name: 'calls' }],
    ['a line break', { name: 'a\nb' }],
    ['a time that never ends', { timeout_seconds: Number.POSITIVE_INFINITY }],
    ['a description of 100 KB', { description: 'x'.repeat(100_000) }],
    ['a thousand tags', { tags: Array<string>(1_000).fill('x') }],
  ])('no function has %s, whatever its worker says', (_what, change) => {
    const loaded = GOOD.find(({ kind }) => kind === 'loaded');
    if (loaded?.kind !== 'loaded') throw new Error('There is no such message');
    const functions = loaded.functions.map((one) => ({ ...one, ...change }));
    expect(parseToServer({ ...loaded, functions })).toBeUndefined();
  });

  test('what a function threw is cut, and so are its lines and faults', () => {
    const long = 'x'.repeat(2 * 1024 * 1024);
    const thrown = { ...failure, error_type: long, message: long, stack: long, data: long };
    const faults = Array(1_000).fill({ loc: ['body'], msg: 'm', type: 't' });
    for (const message of [
      { kind: 'done', id: 1, outcome: thrown },
      { kind: 'done', id: 1, outcome: { status: 'invalid_input', faults } },
      { kind: 'line', id: 1, level: 'info', text: long },
    ]) {
      const parsed = parseToServer(message);
      expect(parsed).toBeDefined();
      expect(JSON.stringify(parsed).length).toBeLessThan(100_000);
    }
  });

  test('a getter that throws costs nothing', () => {
    const trap = {
      get kind(): never {
        throw new Error('trap');
      },
    };
    expect(parseToServer(trap)).toBeUndefined();
  });
});
