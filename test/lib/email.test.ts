import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { EMAIL_PATTERN, findEmailFault, MAX_EMAIL_LENGTH } from '../../src/lib/email.ts';

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
