import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  createLogger,
  type LogFields,
  type LogFormat,
  type LogLevel,
} from '../../src/core/logger.ts';
import { escapeControls } from '../../src/core/logger-format.ts';

const AT = new Date(2026, 4, 7, 14, 16, 29, 123).getTime();

function record(format: LogFormat, level: LogLevel = 'debug', hasColour = false) {
  const lines: string[] = [];
  const logger = createLogger({
    level,
    format,
    hasColour,
    write: (line) => void lines.push(line),
    clock: { now: () => AT },
  });
  return { logger, lines };
}

function text(message: string, fields?: LogFields): string {
  const { logger, lines } = record('text');
  logger.info(message, fields);
  return lines.join('');
}

function json(message: string, fields?: LogFields): Record<string, unknown> {
  const { logger, lines } = record('json');
  logger.info(message, fields);
  expect(lines.join('').split('\n')).toHaveLength(2);
  return JSON.parse(lines.join(''));
}

describe('the text format', () => {
  test('is time, level, message and fields', () => {
    expect(text('Serving', { url: 'http://x', n: 3, title: 'two words', on: true })).toBe(
      '14:16:29.123 info  Serving url=http://x n=3 title="two words" on=true\n',
    );
  });

  test('levels are equally wide', () => {
    const { logger, lines } = record('text');
    for (const level of ['debug', 'info', 'warning', 'error'] as const) logger[level]('x');
    expect(new Set(lines.map((line) => line.indexOf('x\n'))).size).toBe(1);
  });

  test('is coloured only when asked', () => {
    expect(text('x')).not.toContain('\u001b');
    const { logger, lines } = record('text', 'info', true);
    logger.error('x');
    expect(lines[0]).toContain('\u001b[31m');
  });

  test('an error shows its stack below, indented', () => {
    const error = new TypeError('boom', { cause: new Error('disk') });
    const [head, ...below] = text('Failed', { error }).trimEnd().split('\n');
    expect(head).toBe('14:16:29.123 info  Failed error="TypeError: boom"');
    expect(below.length).toBeGreaterThan(1);
    expect(below.every((line) => line.startsWith('    '))).toBe(true);
    expect(below).toContain('    caused by Error: disk');
  });

  for (const attack of [
    '\n14:16:29.123 info  forged',
    '\r\nx',
    '\u001b[2Jx',
    '\u2028x',
    '\u202ex',
  ]) {
    test(`log injection by ${JSON.stringify(attack.slice(0, 4))} stays on one line and harmless`, () => {
      const error = new Error(attack);
      error.stack = `Error: ${attack}\nforged\n    at ${attack}`;
      const lines = text(attack, { [attack]: attack, nested: { [attack]: [attack] }, error }).split(
        '\n',
      );
      const events = lines.filter((line) => line !== '' && !line.startsWith('    '));
      expect(events).toHaveLength(1);
      expect(escapeControls(lines.join(''))).toBe(lines.join(''));
      expect(lines.join('')).not.toMatch(/\p{Cc}|[\u2028\u202e]/u);
    });
  }
});

describe('the json format', () => {
  test('is one object per line', () => {
    expect(json('Serving', { port: 8000, at: new Date(0) })).toEqual({
      time: new Date(AT).toISOString(),
      level: 'info',
      message: 'Serving',
      port: 8000,
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  test('errors have name, message, code, stack and causes', () => {
    const cause = Object.assign(new Error('disk'), { code: 'ENOSPC' });
    expect(json('Failed', { error: new TypeError('boom', { cause }) }).error).toEqual({
      name: 'TypeError',
      message: 'boom',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { name: 'Error', message: 'disk', code: 'ENOSPC', stack: expect.any(String) },
    });
  });

  test('a field cannot replace time, level or message', () => {
    expect(json('real', { level: 'x', message: 'forged' })).toMatchObject({
      level: 'info',
      message: 'real',
      field_message: 'forged',
    });
  });
});

describe('secrets', () => {
  const hidden = [
    'password',
    'newPassword',
    'token',
    'access_token',
    'Authorization',
    'Cookie',
    'set-cookie',
    'client_secret',
    'jwt',
  ];
  for (const key of hidden) {
    test(`${key} is hidden at any depth`, () => {
      const value = 'tb_0123456789';
      expect(json('x', { [key]: value, a: [{ [key]: value }] })).toMatchObject({
        [key]: '[hidden]',
        a: [{ [key]: '[hidden]' }],
      });
      expect(text('x', { [key]: value, a: { [key]: value } })).not.toContain(value);
    });
  }

  test('headers are looked into', () => {
    const headers = new Headers({ authorization: 'Bearer x', accept: 'y' });
    expect(json('x', { headers }).headers).toEqual({ authorization: '[hidden]', accept: 'y' });
  });

  test('what only speaks of a secret is shown', () => {
    expect(json('x', { token_id: 'a', password_min_length: 8 })).toMatchObject({
      token_id: 'a',
      password_min_length: 8,
    });
  });
});

describe('levels', () => {
  test('less important lines are left out', () => {
    const { logger, lines } = record('text', 'warning');
    logger.debug('a');
    logger.info('b');
    logger.warning('c');
    logger.error('d');
    expect(lines).toHaveLength(2);
    expect([logger.isEnabled('info'), logger.isEnabled('warning')]).toEqual([false, true]);
  });
});

describe('nothing makes it throw', () => {
  const circular: Record<string, unknown> = { a: 1 };
  circular.self = circular;
  const looped = new Error('loop');
  looped.cause = looped;
  const strange: readonly [name: string, value: unknown][] = [
    ['a circle', circular],
    ['an error that is its own cause', looped],
    ['a BigInt', 10n],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['bytes', new Uint8Array(9)],
    ['an invalid date', new Date(Number.NaN)],
    ['NaN', Number.NaN],
    ['a map', new Map([['a', new Set([1])]])],
    ['no prototype', Object.create(null)],
    ['undefined', undefined],
    [
      'an own toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('no');
        },
      },
    ],
    [
      'a revoked proxy',
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
    ['a lone surrogate', '\ud800'],
    ['a deep thing', Array.from({ length: 5_000 }).reduce<unknown>((inner) => [inner], 1)],
  ];
  for (const [name, value] of strange) {
    test(name, () => {
      expect(json('still told', { value }).message).toBe('still told');
      expect(text('still told', { value })).toContain('still told');
    });
  }

  test('a writer that fails', () => {
    const logger = createLogger({
      level: 'info',
      format: 'text',
      write: () => {
        throw new Error('EPIPE');
      },
    });
    expect(() => logger.info('x')).not.toThrow();
  });

  test('a huge value is cut', () => {
    expect(text('x', { value: 'a'.repeat(1_000_000) }).length).toBeLessThan(10_000);
  });

  test('any value at all', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
        }),
        (message, value) => {
          json(message, { value });
          expect(text(message, { value }).trimEnd().split('\n')).toHaveLength(1);
        },
      ),
    );
  });
});
