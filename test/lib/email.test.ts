import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  EMAIL_PATTERN,
  findEmailFault,
  MAX_EMAIL_LENGTH,
  normalizeEmail,
  toAccountEmail,
} from '../../src/lib/email.ts';

const pattern = new RegExp(EMAIL_PATTERN, 'u');

test('the pattern for documents takes exactly the addresses that the check takes', () => {
  const unit = fc.constantFrom(
    ...'aB@.. -+<>()[]:;,"\\\u0000\u200b\ud800é😀'.split(''),
    'localhost',
  );
  const text = fc.oneof(
    fc.string({ unit, maxLength: 8 }),
    fc.tuple(fc.string({ unit }), fc.string({ unit })).map((parts) => parts.join('@')),
    fc.constantFrom('a@LocalHost', 'a@localhost.', 'a@b.c', 'a@@b.c', 'a@b.c\n'),
  );
  fc.assert(
    fc.property(text, (address) => {
      expect(pattern.test(address)).toBe(findEmailFault(address) === undefined);
    }),
    { numRuns: 5_000 },
  );
});

test('an address is as long as people count it', () => {
  const long = (count: number) => `${'😀'.repeat(count - '@b.c'.length)}@b.c`;
  expect(findEmailFault(long(MAX_EMAIL_LENGTH))).toBeUndefined();
  expect(findEmailFault(long(MAX_EMAIL_LENGTH + 1))).toContain('254');
});

test('a spelling that was normalized stays as it is, whatever the marks on its letters', () => {
  // Some capitals with a mark are two characters, and one in lower case.
  const unit = fc.constantFrom(
    ...'aHJT@.',
    '\u0331',
    '\u030c',
    '\u0308',
    'İ',
    'ﬁ',
    'Ｋ',
    'K',
    'ẞ',
    '。',
    '\u034f',
    '\u3164',
  );
  const text = fc.oneof(fc.string({ unit }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(text, (address) => {
      const normal = normalizeEmail(address);
      expect(normalizeEmail(normal)).toBe(normal);
      expect(findEmailFault(normal)).toBe(findEmailFault(address) as string);
    }),
    { numRuns: 5_000 },
  );
});

test('look-alikes: a domain that mail finds under another spelling is that spelling', () => {
  for (const domain of [
    'ＥＸＡＭＰＬＥ.com',
    'ⓔxample.com',
    'example．com',
    'example。com',
    'example｡com',
    '𝐞𝐱𝐚𝐦𝐩𝐥𝐞.com',
  ])
    expect(normalizeEmail(`Ann@${domain}`)).toBe('ann@example.com');
  expect(normalizeEmail('ann@oﬃce.com')).toBe('ann@office.com');
});

test('an account has its domain in ASCII, its name as it is, and nothing is converted twice', () => {
  for (const [given, stored] of [
    ['Jürgen@BÜCHER.example', 'jürgen@xn--bcher-kva.example'],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@faß.de', 'a@xn--fa-hia.de'],
    ['a@日本。jp', 'a@xn--wgv71a.jp'],
    ['a@127.1', 'a@127.1'],
    ['a@ü.1', 'a@ü.1'],
    ['a@ü\u200b.de', 'a@ü\u200b.de'],
    ['bücher.example', 'bücher.example'],
  ] as const) {
    expect(toAccountEmail(given)).toBe(stored);
    expect(toAccountEmail(stored)).toBe(stored);
  }
});

test('a huge domain is not encoded, which would take as long as it is wide (denial of service)', () => {
  const huge = `a@${Array.from({ length: 50_000 }, (_, n) => String.fromCodePoint(0x4e00 + (n % 20_000))).join('')}.de`;
  expect(toAccountEmail(huge)).toBe(huge);
});

test('recipient injection: no character becomes one that an address must not have', () => {
  for (const email of [
    'x\u037evictim@example.com',
    'a@b；c.com',
    'a@b＠c.com',
    'a@b，c.com',
    'a@b․.com',
    'a@exam\u034fple.com',
    'a@exam\ufe0fple.com',
    `${'İ'.repeat(200)}@example.com`,
  ])
    expect(findEmailFault(email), email).toBeDefined();
});
